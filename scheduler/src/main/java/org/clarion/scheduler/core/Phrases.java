package org.clarion.scheduler.core;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where a text says what, so that what another, or its own end, will say next can be guessed: the last place of every
 * run of {@value #KEY} tokens, found without reading the text. Grows with the text, 8 to 16 bytes for each position.
 * Not thread-safe.
 */
final class Phrases {
  /** Tokens that have to be the same. */
  static final int KEY = 3;
  /** Longer agreement tells no more. */
  static final int LONGEST = 16;
  private static final int LEAST = 64;

  /**
   * A place that says the same as the end of some text.
   *
   * @param text
   *          where it is
   * @param next
   *          position that follows
   * @param length
   *          positions before it that agree
   */
  record Place(Positions text, int next, int length) {
    /** What follows there, at most so much; ends before an image. */
    int[] following(int most) {
      int end = next;
      while (end < text.length() && end - next < most && text.at(end) >= 0) {
        end++;
      }
      return text.ids(next, end);
    }
  }

  private final Positions text;
  /** Open addressing: positions behind a run, 0 for none. */
  private int[] places;
  private int read;

  Phrases(Positions text) {
    this(text, new int[LEAST], 0);
  }

  private Phrases(Positions text, int[] places, int read) {
    this.text = text;
    this.places = places;
    this.read = read;
  }

  /** The same of a copy of the text, or of its beginning; this one is not to be used any more. */
  Phrases of(Positions copy) {
    return new Phrases(copy, places, read);
  }

  /** The last place that says the same as the end of the tail and goes on; null when there is none. */
  @Nullable
  Place find(Positions tail) {
    int end = tail.length();
    if (end < KEY || !says(tail, end)) {
      return null;
    }
    extend();
    int place = places[slot(tail, end)];
    if (place == 0 || place >= text.length() || !same(tail, end, place)) {
      return null;
    }
    int length = KEY;
    int most = Math.min(Math.min(end, place), LONGEST);
    while (length < most && text.at(place - 1 - length) == tail.at(end - 1 - length)
        && text.at(place - 1 - length) >= 0) {
      length++;
    }
    return new Place(text, place, length);
  }

  /** Reads what the text has got; its last run has nothing behind it yet. */
  private void extend() {
    int length = text.length();
    if (2 * length > places.length) {
      places = new int[Integer.highestOneBit(2 * length) * 2];
      read = 0;
    }
    for (int end = Math.max(read + 1, KEY); end < length; end++) {
      if (says(text, end)) {
        places[slot(text, end)] = end;
      }
    }
    read = Math.max(read, length - 1);
  }

  /** Where the run before a position stands, or may be put: no slot is ever emptied, and there is always one. */
  private int slot(Positions of, int end) {
    int hash = (of.at(end - 1) * 31 + of.at(end - 2)) * 31 + of.at(end - 3);
    int slot = ((hash * 0x9E3779B9) >>> 7) & (places.length - 1);
    while (places[slot] != 0 && !(places[slot] <= text.length() && same(of, end, places[slot]))) {
      slot = (slot + 1) & (places.length - 1);
    }
    return slot;
  }

  private boolean same(Positions of, int end, int place) {
    for (int i = 1; i <= KEY; i++) {
      if (of.at(end - i) != text.at(place - i)) {
        return false;
      }
    }
    return true;
  }

  /** Whether there are tokens before the position, and no image. */
  private static boolean says(Positions of, int end) {
    return of.at(end - 1) >= 0 && of.at(end - 2) >= 0 && of.at(end - 3) >= 0;
  }

  /** The sizes only: token ids are a patient's words. */
  @Override
  public String toString() {
    return "Phrases[" + text.length() + ", " + Arrays.stream(places).filter(place -> place != 0).count() + "]";
  }
}
