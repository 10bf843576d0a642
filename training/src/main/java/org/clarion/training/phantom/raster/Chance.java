package org.clarion.training.phantom.raster;

import java.util.List;

/**
 * SplitMix64 (Steele, Lea, Flood 2014), spelled out so that a seed gives the same draws on every machine and release.
 * {@link #fork} gives independent streams, so that one part that draws more does not change all others. Not
 * thread-safe.
 */
public final class Chance {
  private static final long GAMMA = 0x9e3779b97f4a7c15L;

  private long state;

  /** A stream. */
  public Chance(long seed) {
    this.state = seed;
  }

  /** An independent stream with a name. */
  public Chance fork(String name) {
    long mixed = state;
    for (int i = 0; i < name.length(); i++) {
      mixed = mix(mixed * 31 + name.charAt(i));
    }
    return new Chance(mixed);
  }

  /** The finaliser: 64 well-mixed bits from any 64. */
  public static long mix(long value) {
    long z = value + GAMMA;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** 64 random bits. */
  public long next() {
    long out = mix(state);
    state += GAMMA;
    return out;
  }

  /** At least 0, below 1. */
  public double unit() {
    return (next() >>> 11) * 0x1.0p-53;
  }

  /** At least {@code from}, below {@code to}. */
  public double between(double from, double to) {
    return from + (to - from) * unit();
  }

  /** At least 0, below {@code bound}. */
  public int below(int bound) {
    return (int) (unit() * bound);
  }

  /** At least {@code from}, at most {@code to}. */
  public int integer(int from, int to) {
    return from + below(to - from + 1);
  }

  /** True with this probability. */
  public boolean happens(double probability) {
    return unit() < probability;
  }

  /** 1 or -1. */
  public int sign() {
    return happens(0.5) ? 1 : -1;
  }

  /** Near enough to a normal variate of mean 0 and deviation 1, within +-3.5. */
  public double normal() {
    return normal(next());
  }

  /** A variate of mean 0 and deviation 1 from 64 random bits: four uniforms summed, no transcendental function. */
  public static double normal(long bits) {
    long sum = (bits & 0xffff) + (bits >>> 16 & 0xffff) + (bits >>> 32 & 0xffff) + (bits >>> 48);
    return (sum - 2 * 65535L) * (1 / (65536 * 0.5773502691896257));
  }

  /** One of them. */
  public <T> T of(List<T> choices) {
    return choices.get(below(choices.size()));
  }

  /** One of them. */
  @SafeVarargs
  public final <T> T of(T... choices) {
    return choices[below(choices.length)];
  }
}
