package org.clarion.rpc;

/**
 * Hashes for rendezvous hashing, the same on every machine: SplitMix64 (Steele, Lea, Flood 2014). No protection against
 * chosen texts. Stateless.
 */
public final class SplitMix64 {
  private static final long GAMMA = 0x9E3779B97F4A7C15L;

  private SplitMix64() {}

  /** Each character of a text stirred into a seed by the finaliser. */
  public static long stir(long seed, String text) {
    long hash = seed;
    for (int i = 0; i < text.length(); i++) {
      hash = finish(hash + text.charAt(i) + GAMMA);
    }
    return hash;
  }

  private static long finish(long value) {
    long z = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
