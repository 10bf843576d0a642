package org.clarion.engine.bench;

import java.util.Arrays;

/**
 * How long calls took, in seconds.
 *
 * @param calls
 *          how many were timed
 */
public record StepTimes(int calls, double min, double median, double p90) {
  /**
   * Sums up single times.
   *
   * @param seconds
   *          at least one; in any order, stays as it is
   */
  public static StepTimes of(double[] seconds) {
    if (seconds.length == 0) {
      throw new IllegalArgumentException("there is no time to sum up");
    }
    double[] sorted = seconds.clone();
    Arrays.sort(sorted);
    return new StepTimes(sorted.length, sorted[0], at(sorted, 0.5), at(sorted, 0.9));
  }

  /** Between two neighbours in proportion. */
  private static double at(double[] sorted, double quantile) {
    double place = (sorted.length - 1) * quantile;
    int low = (int) place;
    int high = Math.min(low + 1, sorted.length - 1);
    return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
  }
}
