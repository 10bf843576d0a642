package org.clarion.llm.core;

/**
 * Random numbers without state: a hash of (seed, position). A sequence that is resumed elsewhere, or computed in
 * another batch, draws the same numbers. The hash is two rounds of the SplitMix64 finaliser (Steele, Lea and Flood,
 * 2014).
 */
public final class CounterRandom {
  private static final long GAMMA = 0x9e3779b97f4a7c15L;

  private CounterRandom() {}

  /** Uniform in [0, 1), 53 bits, for the token at an absolute position of a sequence. */
  public static double uniform(long seed, long position) {
    long hash = mix(mix(seed + GAMMA) + GAMMA * (position + 1));
    return (hash >>> 11) * 0x1p-53;
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
