package org.clarion.gateway.core;

import java.util.List;

/**
 * Finds the first stop string in a text that arrives in pieces, and holds back what could still become one, so that no
 * part of a stop string is ever shown. The result does not depend on how the text is cut into pieces: the stop string
 * that is complete first wins, at the same place the longest.
 *
 * <p>
 * Not thread-safe. Holds at most the longest stop string.
 */
public final class StopMatcher {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private long shown;
  private boolean ended;

  /** A matcher for these strings; none may be empty. */
  public StopMatcher(List<String> stops) {
    if (stops.stream().anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException("a stop string must not be empty");
    }
    this.stops = List.copyOf(stops);
  }

  /** Takes the next piece; returns what may be shown now. Nothing more is shown once {@link #ended}. */
  public String next(String piece) {
    if (ended || piece.isEmpty()) {
      return "";
    }
    if (stops.isEmpty()) {
      shown += piece.length();
      return piece;
    }
    for (int i = 0; i < piece.length(); i++) {
      held.append(piece.charAt(i));
      int length = completed();
      if (length > 0) {
        ended = true;
        return show(held.length() - length);
      }
    }
    return show(held.length() - prefixLength());
  }

  /** The text is over: returns what was held back. */
  public String flush() {
    return ended ? "" : show(held.length());
  }

  /** Whether a stop string was found. */
  public boolean ended() {
    return ended;
  }

  /** Characters shown so far; after {@link #ended}, the place of the stop string in the whole text. */
  public long shown() {
    return shown;
  }

  private String show(int count) {
    String text = held.substring(0, count);
    held.delete(0, count);
    shown += count;
    return text;
  }

  /** Length of the longest stop string that {@code held} ends with, or 0. */
  private int completed() {
    int longest = 0;
    for (String stop : stops) {
      if (stop.length() > longest && endsWith(stop, stop.length())) {
        longest = stop.length();
      }
    }
    return longest;
  }

  /** Length of the longest end of {@code held} with which a stop string begins. */
  private int prefixLength() {
    int longest = 0;
    for (String stop : stops) {
      for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
        if (endsWith(stop, length)) {
          longest = length;
        }
      }
    }
    return longest;
  }

  private boolean endsWith(String stop, int length) {
    int offset = held.length() - length;
    if (offset < 0) {
      return false;
    }
    for (int i = length - 1; i >= 0; i--) {
      if (held.charAt(offset + i) != stop.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
