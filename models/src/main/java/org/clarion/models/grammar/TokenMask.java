package org.clarion.models.grammar;

/** The ids that may come next. Immutable, thread-safe; at least one is allowed. */
public final class TokenMask {
  private final long[] allowed;

  /** Takes the bits over. */
  TokenMask(long[] allowed) {
    this.allowed = allowed;
  }

  public boolean allows(int id) {
    return id >= 0 && id >> 6 < allowed.length && (allowed[id >> 6] >>> id & 1) != 0;
  }

  /** The lowest id that is allowed. */
  public int first() {
    for (int i = 0; i < allowed.length; i++) {
      if (allowed[i] != 0) {
        return 64 * i + Long.numberOfTrailingZeros(allowed[i]);
      }
    }
    throw new IllegalStateException("no token is allowed");
  }

  /** How many ids are allowed. */
  public int count() {
    int count = 0;
    for (long word : allowed) {
      count += Long.bitCount(word);
    }
    return count;
  }

  /** A bit for each id, the lowest first. */
  long[] bits() {
    return allowed.clone();
  }

  /**
   * Makes all other ids impossible.
   *
   * @param logits
   *          [vocabulary]; changed
   */
  public void apply(float[] logits) {
    for (int i = 0; 64 * i < logits.length; i++) {
      long word = i < allowed.length ? allowed[i] : 0;
      if (word != -1) {
        int end = Math.min(64, logits.length - 64 * i);
        for (int bit = 0; bit < end; bit++) {
          if ((word >>> bit & 1) == 0) {
            logits[64 * i + bit] = Float.NEGATIVE_INFINITY;
          }
        }
      }
    }
  }
}
