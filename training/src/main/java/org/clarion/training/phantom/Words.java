package org.clarion.training.phantom;

import java.util.List;
import java.util.Locale;

/** Running text from parts. */
public final class Words {
  private Words() {}

  /** {@code CENTRAL_LINE} as {@code central line}. */
  public static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** {@code a}, {@code a and b}, {@code a, b and c}. */
  public static String series(List<String> parts) {
    int last = parts.size() - 1;
    return last < 1
        ? String.join("", parts)
        : String.join(", ", parts.subList(0, last)) + " and " + parts.get(last);
  }

  /** With a capital first letter. */
  public static String sentence(String text) {
    return text.isEmpty() ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }

  /** The noun with {@code a} or {@code an}. */
  public static String a(String noun) {
    return ("aeiou".indexOf(noun.charAt(0)) >= 0 ? "an " : "a ") + noun;
  }
}
