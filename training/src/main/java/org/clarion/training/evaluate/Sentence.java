package org.clarion.training.evaluate;

import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One sentence, and whether it affirms what it mentions. The rules are of the kind of NegEx (Chapman et al., 2001): a
 * cue such as {@code no} reaches from its place to the end of its clause, a cue such as {@code is not seen} back to the
 * beginning; some phrases look like cues and are none.
 *
 * @param text
 *          lower case, without what looks like a denial and is none
 */
record Sentence(String text) {
  private static final Pattern END = Pattern.compile("(?<=[.!?;])(?=\\s|$)|\\n+");
  private static final Pattern MEANINGLESS = Pattern.compile(
      "\\bno (?:significant |interval |appreciable )*(?:change|increase|decrease)s?(?: in| of)?\\b|\\bnot only\\b|\\bpericardial effusions?\\b|\\bwithout (?:change|difficulty)\\b");

  private static final Pattern CLAUSE_END = Pattern.compile(
      "[;]|\\b(?:but|however|although|though|except|besides|apart|aside|which|whereas|while|with)\\b"
          + "|\\band (?=(?:the|there|a|an|is|are|it|its|his|her)\\b)|,\\s*(?=(?:there|the|it|its)\\b)");
  private static final Pattern NEW_ITEM = Pattern.compile(
      ",\\s*(?:and )?(?=(?:a|an|small|large|moderate|mild|minimal|tiny|trace|left|right|bilateral|multiple|several)\\b)");

  private static final Pattern OPEN_QUESTION = Pattern.compile(
      "\\b(?:cannot|can not|can't|could not|not) (?:be )?(?:entirely |completely |fully )?(?:excluded?|ruled? out)\\b|\\bdifficult to exclude\\b");
  private static final Pattern NOT_SEEN = Pattern.compile(
      "\\b(?:not|no longer|never)(?: be| been| clearly| definitely| well)*(?: (?:seen|visible|visuali[sz]ed|identified|present|evident|appreciated|demonstrated|detected|noted|shown|found|apparent|suspected|there))\\b");
  private static final Pattern DENIED_AFTER = Pattern.compile(NOT_SEEN.pattern()
      + "|\\b(?:absent|excluded|ruled out|resolved|negative|unlikely)\\b|: ?(?:no|none|absent|nil)\\b");
  private static final Pattern DENIED_BEFORE = Pattern.compile(
      "\\b(?:no|not|without|neither|nor|never|absence of|negative for|free of|free from|clear of|lack of|lacks|rather than|rules? out|ruled out|resolution of|resolved|excludes?|unlikely|nil)\\b|n't\\b");
  private static final Pattern DOUBT = Pattern.compile(
      "\\b(?:possibl[ey]|probabl[ey]|perhaps|may|might|could|suspected|suspicious|suspicion|suspect|likely|questionable|equivocal|concern|concerning|versus|vs|suggest(?:s|ive|ing|ed)?|indeterminate|differential)\\b|\\?");
  private static final Pattern VERB = Pattern.compile("\\b(?:is|are|was|were|shows?|has|have|there|demonstrates?)\\b");
  private static final Pattern OR = Pattern.compile("\\b(?:or|nor)\\b");

  /** The sentences of a text. */
  static List<Sentence> of(String text) {
    return END.splitAsStream(text.toLowerCase(Locale.ROOT)).map(String::strip).filter(part -> !part.isEmpty())
        .map(part -> new Sentence(blanked(part, MEANINGLESS))).toList();
  }

  /** Places of a pattern, in order. */
  List<MatchResult> find(Pattern pattern) {
    return pattern.matcher(text).results().toList();
  }

  /**
   * What the sentence says about the thing mentioned in {@code start} to {@code end}.
   *
   * @param others
   *          all things mentioned, to tell one list from two statements
   */
  Certainty certainty(int start, int end, List<MatchResult> others) {
    int from = last(CLAUSE_END, start);
    int to = next(CLAUSE_END, end);
    if (!OR.matcher(text.substring(from, to)).find()) {
      from = Math.max(from, last(NEW_ITEM, start));
    }
    String before = text.substring(from, start);
    String inside = text.substring(start, end);
    String after = text.substring(end, to);
    if (OPEN_QUESTION.matcher(after).find() || OPEN_QUESTION.matcher(before).find()) {
      return Certainty.UNCERTAIN;
    }
    if (DENIED_BEFORE.matcher(blanked(before, NOT_SEEN)).find() || DENIED_BEFORE.matcher(inside).find()
        || deniedAfter(before, after, end, others)) {
      return Certainty.DENIED;
    }
    return DOUBT.matcher(before).find() || DOUBT.matcher(after).find() ? Certainty.UNCERTAIN : Certainty.AFFIRMED;
  }

  /** {@code There is an effusion and pneumothorax is not seen} denies the second thing only. */
  private boolean deniedAfter(String before, String after, int end, List<MatchResult> others) {
    Matcher cue = DENIED_AFTER.matcher(after);
    if (!cue.find()) {
      return false;
    }
    int place = end + cue.start();
    boolean between = others.stream().anyMatch(other -> other.start() >= end && other.end() <= place);
    return !between || !VERB.matcher(before).find();
  }

  private int last(Pattern boundary, int before) {
    int last = 0;
    Matcher matcher = boundary.matcher(text);
    while (matcher.find() && matcher.end() <= before) {
      last = matcher.end();
    }
    return last;
  }

  private int next(Pattern boundary, int after) {
    Matcher matcher = boundary.matcher(text);
    return matcher.find(after) ? matcher.start() : text.length();
  }

  private static String blanked(String text, Pattern pattern) {
    return pattern.matcher(text).replaceAll(match -> " ".repeat(match.end() - match.start()));
  }

  /** A pattern for any of these expressions, between word boundaries. */
  static Pattern anyOf(Stream<String> expressions) {
    return Pattern.compile("(?<![\\p{L}\\p{N}])(?:" + String.join("|", expressions.toList()) + ")(?![\\p{L}\\p{N}])");
  }
}
