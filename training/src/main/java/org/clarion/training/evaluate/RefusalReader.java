package org.clarion.training.evaluate;

import java.util.regex.Pattern;

/** Tells whether an answer declines to describe a picture as a medical one. Pure. */
public final class RefusalReader {
  private static final String SUBJECT = "(?:chest|medical|clinical|skin|radiograph\\w*|x-?rays?|radiolog\\w*|dermat\\w*|diagnos\\w*|lesions?)";
  private static final Pattern REFUSAL = Pattern.compile("(?i)\\bnot (?:a|an|any|appear to be|seem to be|look like)\\b"
      + "[^.;]{0,40}\\b" + SUBJECT
      + "|\\b(?:does|do|did) not (?:show|depict|contain|appear|seem|look)\\b[^.;]{0,50}\\b" + SUBJECT
      + "\\b[^.;]{0,20}\\b(?:images?|pictures?|photos?|films?|radiograph\\w*|x-?rays?|skin|chest|anatomy)"
      + "|\\b(?:cannot|can not|can't|unable to|will not|won't|am not able to|not able to) (?:be )?(?:describe|assess|interpret|evaluate|analy[sz]e|diagnose|report|comment|give|provide|make|answer|help|read)"
      + "|\\bneither a (?:chest|skin|medical)\\b|\\bnon-?medical\\b|\\bno medical (?:content|image|picture|description|finding)"
      + "|\\boutside (?:of )?(?:my|the|this)\\b[^.;]{0,30}\\b(?:scope|field|domain|area)\\b");

  private RefusalReader() {}

  /** Whether the answer declines. */
  public static boolean refuses(String answer) {
    return REFUSAL.matcher(answer).find();
  }
}
