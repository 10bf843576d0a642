package org.clarion.models.grammar;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The values of a schema's {@code format} that are enforced, as patterns of whole strings. */
final class StringFormats {
  private static final String LEAP_YEAR = "(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";
  private static final String DATE = "(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])"
      + "|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))|" + LEAP_YEAR + "-02-29)";
  private static final String TIME = "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,6})?"
      + "(?:Z|[+\\-](?:[01]\\d|2[0-3]):[0-5]\\d)";
  private static final Map<String, String> PATTERNS = Map.of("date", DATE, "time", TIME, "date-time", DATE + "T" + TIME,
      "uuid", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  private StringFormats() {}

  /** Null for a format that is not enforced. */
  static @Nullable String pattern(String format) {
    return PATTERNS.get(format);
  }

  static String known() {
    return String.join(", ", PATTERNS.keySet().stream().sorted().toList());
  }
}
