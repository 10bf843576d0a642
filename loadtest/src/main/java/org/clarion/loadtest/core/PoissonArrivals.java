package org.clarion.loadtest.core;

import java.util.random.RandomGenerator;

/** Arrival times whose gaps are exponentially distributed. Not thread-safe. */
public final class PoissonArrivals {
  private final RandomGenerator random;
  private final double perSecond;
  private double seconds;

  /**
   * @param random
   *          seeded: the same seed gives the same times
   * @param perSecond
   *          mean arrivals a second, above 0
   */
  public PoissonArrivals(RandomGenerator random, double perSecond) {
    this.random = random;
    this.perSecond = perSecond;
  }

  /** Nanoseconds from the start to the next arrival; never falls. */
  public long next() {
    seconds += -Math.log1p(-random.nextDouble()) / perSecond;
    return (long) (seconds * 1e9);
  }
}
