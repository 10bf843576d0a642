package org.clarion.scheduler.api;

import java.util.regex.Pattern;

/** The one rule for ids: short, printable, no spaces, so that they are safe in keys, logs and metrics. */
final class Ids {
  private static final int MAX_LENGTH = 128;
  private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9._:/@-]+");

  private Ids() {}

  static String check(String kind, String value) {
    if (value.isEmpty() || value.length() > MAX_LENGTH || !ALLOWED.matcher(value).matches()) {
      throw new IllegalArgumentException("a " + kind + " has 1 to " + MAX_LENGTH + " characters of " + ALLOWED.pattern()
          + "; this one has " + value.length());
    }
    return value;
  }
}
