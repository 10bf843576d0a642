package org.clarion.rpc;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads one component's settings from a parsed YAML map and says what is wrong with them: the key, the value and what
 * was expected. {@link #done} refuses keys that nobody asked for. One thread.
 */
public final class Settings {
  private final String component;
  private final Map<String, ?> values;
  private final Set<String> known = new HashSet<>();

  /**
   * Settings of a component.
   *
   * @param component
   *          its name, for messages
   */
  public Settings(String component, Map<String, ?> values) {
    this.component = component;
    this.values = values;
  }

  /** A text; an absent key gives the default. */
  public String text(String key, String otherwise) {
    Object value = value(key);
    return value == null ? otherwise : value.toString();
  }

  /** One of a few words. */
  public String word(String key, String otherwise, List<String> words) {
    String word = text(key, otherwise);
    if (!words.contains(word)) {
      throw bad(key, word, "one of " + words);
    }
    return word;
  }

  /** A whole number within bounds, both included. */
  public long number(String key, long otherwise, long least, long most) {
    Object value = value(key);
    if (value == null) {
      return otherwise;
    }
    try {
      long number = Long.parseLong(value.toString());
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException _) {
      // Falls through: the message below says what was expected.
    }
    throw bad(key, value, "a whole number from " + least + " to " + most);
  }

  /** A time such as {@code 250ms}, {@code 5s} or {@code 2m}; above zero. */
  public Duration time(String key, Duration otherwise) {
    Object value = value(key);
    if (value == null) {
      return otherwise;
    }
    String text = value.toString();
    try {
      Duration time = text.endsWith("ms")
          ? Duration.ofMillis(Long.parseLong(text, 0, text.length() - 2, 10))
          : switch (text.isEmpty() ? '?' : text.charAt(text.length() - 1)) {
            case 's' -> Duration.ofSeconds(Long.parseLong(text, 0, text.length() - 1, 10));
            case 'm' -> Duration.ofMinutes(Long.parseLong(text, 0, text.length() - 1, 10));
            default -> Duration.ZERO;
          };
      if (time.isPositive()) {
        return time;
      }
    } catch (NumberFormatException | ArithmeticException _) {
      // Falls through: the message below says what was expected.
    }
    throw bad(key, value, "a time such as 250ms, 5s or 2m");
  }

  /**
   * Everything was asked for.
   *
   * @throws IllegalArgumentException
   *           naming keys that are unknown
   */
  public void done() {
    Set<String> unknown = new TreeSet<>(values.keySet());
    unknown.removeAll(known);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          component + ": unknown keys " + unknown + "; known are " + new TreeSet<>(known));
    }
  }

  /** The failure that a value deserves. */
  public IllegalArgumentException bad(String key, Object value, String expected) {
    return new IllegalArgumentException(component + ": " + key + " is '" + value + "', not " + expected);
  }

  private @Nullable Object value(String key) {
    known.add(key);
    return values.get(key);
  }
}
