package org.clarion.training.evaluate;

import java.util.Locale;

/**
 * A figure with its 95 % interval.
 *
 * @param value
 *          of all cases; not a number where none bears on it
 * @param low
 *          2.5th percentile of the resamples
 * @param high
 *          97.5th percentile
 */
public record Interval(double value, double low, double high) {
  /** Nothing to measure. */
  public static final Interval NONE = new Interval(Double.NaN, Double.NaN, Double.NaN);

  /** Whether there is a figure. */
  public boolean known() {
    return !Double.isNaN(value);
  }

  @Override
  public String toString() {
    if (!known()) {
      return "-";
    }
    String digits = Math.max(Math.abs(value), Math.abs(high)) > 1.5 ? "%.2f [%.2f, %.2f]" : "%.3f [%.3f, %.3f]";
    return String.format(Locale.ROOT, digits, value, low, high);
  }
}
