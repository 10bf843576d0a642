package org.clarion.rpc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads one component's settings from a parsed YAML map and says what is wrong with them: the key, the value and what
 * was expected. {@link #done} refuses keys that nobody asked for, in sections too. An absent key gives the default. One
 * thread.
 */
public final class Settings {
  private static final Pattern TIME = Pattern.compile("(?:(\\d+)h)?(?:(\\d+)m)?(?:(\\d+)s)?(?:(\\d+)ms)?");

  private final String component;
  private final Map<String, ?> values;
  private final Set<String> known = new HashSet<>();
  private final List<Settings> sections = new ArrayList<>();

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

  /** A text. */
  public String text(String key, String otherwise) {
    Object value = value(key);
    return switch (value) {
      case null -> otherwise;
      case List<?> _,Map<?, ?> _ -> throw bad(key, value, "a text");
      default -> value.toString().strip();
    };
  }

  /** A text that must be there and not be blank. */
  public String required(String key) {
    String text = text(key, "");
    if (text.isEmpty()) {
      throw new IllegalArgumentException(component + ": " + key + " is missing");
    }
    return text;
  }

  /** Where something listens, {@code host:port}. */
  public Endpoint endpoint(String key, String otherwise) {
    return endpoint(key, (Object) text(key, otherwise));
  }

  /** A list of {@code host:port}; an absent key gives an empty one. */
  public List<Endpoint> endpoints(String key) {
    return list(key, "a list of host:port").stream().map(item -> endpoint(key, item)).toList();
  }

  /** A list of texts; an absent key gives an empty one. */
  public List<String> texts(String key) {
    String expected = "a list of texts";
    return list(key, expected).stream().map(item -> {
      if (item instanceof String text) {
        return text;
      }
      throw bad(key, item, expected);
    }).toList();
  }

  /** The settings below a key, which {@link #done} checks with these; an absent key gives none. */
  @SuppressWarnings("unchecked") // Every key is compared with known texts before it is used.
  public Settings section(String key) {
    Object value = value(key);
    Settings section = new Settings(component + "." + key, switch (value) {
      case null -> Map.of();
      case Map<?, ?> map -> (Map<String, ?>) map;
      default -> throw bad(key, value, "a map");
    });
    sections.add(section);
    return section;
  }

  /** The keys that are there, for a section whose keys are names of something. */
  public Set<String> keys() {
    Set<String> keys = new TreeSet<>();
    for (Object key : values.keySet()) {
      keys.add(String.valueOf(key));
    }
    return keys;
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

  /** A whole number of at least 1 that is an {@code int}. */
  public int count(String key, int otherwise) {
    return (int) number(key, otherwise, 1, Integer.MAX_VALUE);
  }

  /** A time such as {@code 250ms}, {@code 90s} or {@code 1h30m}; above zero. */
  public Duration time(String key, Duration otherwise) {
    Object value = value(key);
    if (value == null) {
      return otherwise;
    }
    Matcher parts = TIME.matcher(value.toString());
    try {
      if (parts.matches()) {
        Duration time = Duration.ofHours(part(parts, 1)).plusMinutes(part(parts, 2)).plusSeconds(part(parts, 3))
            .plusMillis(part(parts, 4));
        if (time.isPositive()) {
          return time;
        }
      }
    } catch (NumberFormatException | ArithmeticException _) {
      // Falls through: the message below says what was expected.
    }
    throw bad(key, value, "a time above zero such as 250ms, 90s or 1h30m");
  }

  private static long part(Matcher parts, int group) {
    String digits = parts.group(group);
    return digits == null ? 0 : Long.parseLong(digits);
  }

  /**
   * Everything was asked for.
   *
   * @throws IllegalArgumentException
   *           naming keys that are unknown
   */
  public void done() {
    Set<String> unknown = new TreeSet<>();
    for (Object key : values.keySet()) {
      // A YAML key may be a number or a boolean.
      unknown.add(String.valueOf(key));
    }
    unknown.removeAll(known);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          component + ": unknown keys " + unknown + "; known are " + new TreeSet<>(known));
    }
    sections.forEach(Settings::done);
  }

  /** The failure that a value deserves. */
  public IllegalArgumentException bad(String key, Object value, String expected) {
    return new IllegalArgumentException(component + ": " + key + " is '" + value + "', not " + expected);
  }

  private List<?> list(String key, String expected) {
    Object value = value(key);
    return switch (value) {
      case null -> List.of();
      case List<?> list -> list;
      default -> throw bad(key, value, expected);
    };
  }

  private Endpoint endpoint(String key, Object value) {
    try {
      return Endpoint.parse(String.valueOf(value));
    } catch (IllegalArgumentException _) {
      throw bad(key, value, "a host:port");
    }
  }

  private @Nullable Object value(String key) {
    known.add(key);
    return values.get(key);
  }
}
