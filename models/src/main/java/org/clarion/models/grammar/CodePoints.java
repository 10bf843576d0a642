package org.clarion.models.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A set of characters. Halves of surrogate pairs are none and are never in it.
 *
 * @param ranges
 *          first and last of each range in turn, ascending, ranges neither touching nor overlapping; owned by the
 *          record
 */
record CodePoints(int[] ranges) {
  private static final int LAST = 0x10FFFF;

  static final CodePoints NONE = new CodePoints(new int[0]);
  static final CodePoints ALL = new CodePoints(new int[]{0, 0xD7FF, 0xE000, LAST});

  static CodePoints range(int from, int to) {
    return NONE.or(new CodePoints(new int[]{from, to}));
  }

  static CodePoints of(String characters) {
    CodePoints set = NONE;
    for (int character : characters.codePoints().toArray()) {
      set = set.or(range(character, character));
    }
    return set;
  }

  boolean isEmpty() {
    return ranges.length == 0;
  }

  boolean contains(int character) {
    for (int i = 0; i < ranges.length; i += 2) {
      if (character >= ranges[i] && character <= ranges[i + 1]) {
        return true;
      }
    }
    return false;
  }

  CodePoints or(CodePoints other) {
    List<int[]> all = new ArrayList<>();
    for (CodePoints set : List.of(this, other)) {
      for (int i = 0; i < set.ranges.length; i += 2) {
        all.add(new int[]{set.ranges[i], set.ranges[i + 1]});
      }
    }
    all.sort((a, b) -> Integer.compare(a[0], b[0]));
    int[] merged = new int[2 * all.size()];
    int length = 0;
    for (int[] range : all) {
      if (length > 0 && range[0] <= merged[length - 1] + 1) {
        merged[length - 1] = Math.max(merged[length - 1], range[1]);
      } else {
        merged[length++] = range[0];
        merged[length++] = range[1];
      }
    }
    return new CodePoints(Arrays.copyOf(merged, length));
  }

  CodePoints minus(CodePoints other) {
    return complement(complement(this).or(other));
  }

  CodePoints and(CodePoints other) {
    return minus(ALL.minus(other));
  }

  /** Of all numbers, halves of pairs included: used twice in turn only, or on what has none. */
  private static CodePoints complement(CodePoints set) {
    int[] rest = new int[set.ranges.length + 2];
    int length = 0;
    int from = 0;
    for (int i = 0; i < set.ranges.length; i += 2) {
      if (from < set.ranges[i]) {
        rest[length++] = from;
        rest[length++] = set.ranges[i] - 1;
      }
      from = set.ranges[i + 1] + 1;
    }
    if (from <= LAST) {
      rest[length++] = from;
      rest[length++] = LAST;
    }
    return new CodePoints(Arrays.copyOf(rest, length));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CodePoints set && Arrays.equals(ranges, set.ranges);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ranges);
  }

  @Override
  public String toString() {
    return "CodePoints" + Arrays.toString(ranges);
  }
}
