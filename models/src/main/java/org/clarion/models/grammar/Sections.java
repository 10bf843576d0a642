package org.clarion.models.grammar;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.clarion.models.grammar.Shape.Repeat;

/**
 * Report sections. A section is its title with a colon, then lines; a line is not empty and begins with no title of the
 * list, so that an answer is cut into its sections in one way only. Between lines and sections there may be one empty
 * line.
 */
final class Sections {
  private static final int MAX_TITLES = 16;
  private static final int MAX_TITLE = 64;
  private static final CodePoints TEXT = CodePoints.ALL.minus(CodePoints.range(0, 0x1F)).minus(CodePoints.of("\u007f"));

  private Sections() {}

  static Term of(List<String> titles, Terms terms, FormatLimits limits) {
    limits.check("the number of sections", titles.size(), MAX_TITLES);
    if (titles.isEmpty()) {
      throw new FormatException(FormatException.Code.INVALID, "there is no section");
    }
    Set<String> seen = new HashSet<>();
    titles.forEach(title -> check(title, seen, limits));
    Characters characters = new Characters(terms);
    Term line = new Excluding(characters::utf8, terms, TEXT).beginnings(titles.stream().map(t -> t + ":").toList());
    Term newLine = terms.seq(terms.literal("\n"), terms.optional(terms.literal("\n")));
    Term lines = terms.seq(line, terms.repeat(terms.seq(newLine, line), 0, Repeat.UNBOUNDED));
    Term gap = terms.alt(List.of(terms.literal(" "), terms.literal("\n")));
    List<Term> parts = new ArrayList<>();
    for (String title : titles) {
      if (!parts.isEmpty()) {
        parts.add(newLine);
      }
      parts.add(terms.seq(terms.literal(title + ":"), gap, lines));
    }
    return terms.seq(parts.toArray(Term[]::new));
  }

  private static void check(String title, Set<String> seen, FormatLimits limits) {
    limits.check("the number of characters of a section's title", title.length(), MAX_TITLE);
    boolean plain = !title.isBlank() && title.equals(title.strip()) && title.indexOf(':') < 0
        && title.codePoints().allMatch(TEXT::contains);
    if (!plain || !seen.add(title)) {
      throw new FormatException(FormatException.Code.INVALID, "the section title '" + title
          + "' is empty, has a colon, a line end or spaces around it, or stands there twice");
    }
  }
}
