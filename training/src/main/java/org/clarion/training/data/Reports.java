package org.clarion.training.data;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A radiology report in its two sections.
 *
 * @param findings
 *          what is seen, may be empty
 * @param impression
 *          what it means, may be empty
 */
public record Reports(String findings, String impression) {
  private static final Pattern HEADER = Pattern.compile(
      "(?i)(?<![\\p{L}])(findings?|impressions?|conclusions?|comparison|indication|history|technique|examination)\\s*:");

  /** The sections of a report; empty where it has no such heading. Other sections are left out. */
  public static Reports of(String report) {
    StringBuilder findings = new StringBuilder();
    StringBuilder impression = new StringBuilder();
    Matcher header = HEADER.matcher(report);
    int start = -1;
    String name = "";
    boolean more = true;
    while (more) {
      more = header.find();
      int end = more ? header.start() : report.length();
      if (start >= 0) {
        String text = report.substring(start, end).strip();
        if (name.startsWith("finding")) {
          append(findings, text);
        } else if (name.startsWith("impression") || name.startsWith("conclusion")) {
          append(impression, text);
        }
      }
      if (more) {
        start = header.end();
        name = header.group(1).toLowerCase(Locale.ROOT);
      }
    }
    return new Reports(findings.toString(), impression.toString());
  }

  /** One text with a heading for each section that there is. */
  public static Optional<String> ofSections(Optional<String> findings, Optional<String> impression) {
    String text = (findings.map(words -> "Findings: " + words.strip() + " ").orElse("") + impression.map(
        words -> "Impression: " + words.strip()).orElse("")).strip();
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  private static void append(StringBuilder section, String text) {
    if (!section.isEmpty() && !text.isEmpty()) {
      section.append(' ');
    }
    section.append(text);
  }
}
