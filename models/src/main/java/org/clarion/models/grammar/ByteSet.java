package org.clarion.models.grammar;

/** A set of byte values, as four words of 64 bits. */
public record ByteSet(long w0, long w1, long w2, long w3) {
  static final ByteSet NONE = new ByteSet(0, 0, 0, 0);
  /** Every byte. */
  public static final ByteSet ALL = new ByteSet(-1, -1, -1, -1);

  /** The bytes from one to another, both included. */
  public static ByteSet range(int from, int to) {
    long[] words = new long[4];
    for (int value = from; value <= to; value++) {
      words[value >> 6] |= 1L << value;
    }
    return new ByteSet(words[0], words[1], words[2], words[3]);
  }

  public boolean contains(int value) {
    long word = switch (value >> 6) {
      case 0 -> w0;
      case 1 -> w1;
      case 2 -> w2;
      default -> w3;
    };
    return (word >>> value & 1) != 0;
  }

  /** The bytes of either. */
  public ByteSet or(ByteSet other) {
    return new ByteSet(w0 | other.w0, w1 | other.w1, w2 | other.w2, w3 | other.w3);
  }

  ByteSet and(ByteSet other) {
    return new ByteSet(w0 & other.w0, w1 & other.w1, w2 & other.w2, w3 & other.w3);
  }
}
