package org.clarion.training.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Percentile intervals from resamples of the cases with replacement. The same seed gives the same resamples.
 *
 * @param resamples
 *          how many, at least 1
 */
public record Bootstrap(int resamples, long seed) {
  /** The usual number of resamples. */
  public static final int USUAL = 1000;

  private static final double LOW = 0.025;

  /** Figures of all cases, in the order of the measures; all from the same resamples. */
  public List<Interval> intervals(List<Measure> measures, int cases) {
    return intervals(measures, IntStream.range(0, cases).toArray());
  }

  /** Figures of the cases with these numbers. */
  public List<Interval> intervals(List<Measure> measures, int[] cases) {
    if (cases.length == 0) {
      return measures.stream().map(_ -> Interval.NONE).toList();
    }
    double[][] values = new double[measures.size()][resamples];
    SplittableRandom random = new SplittableRandom(seed);
    int[] sample = new int[cases.length];
    for (int n = 0; n < resamples; n++) {
      for (int i = 0; i < sample.length; i++) {
        sample[i] = cases[random.nextInt(cases.length)];
      }
      for (int m = 0; m < values.length; m++) {
        values[m][n] = measures.get(m).of().applyAsDouble(sample);
      }
    }
    List<Interval> intervals = new ArrayList<>();
    for (int m = 0; m < values.length; m++) {
      intervals.add(interval(measures.get(m).of().applyAsDouble(cases), values[m]));
    }
    return intervals;
  }

  private static Interval interval(double value, double[] resampled) {
    double[] known = Arrays.stream(resampled).filter(one -> !Double.isNaN(one)).sorted().toArray();
    return Double.isNaN(value) || known.length == 0
        ? Interval.NONE
        : new Interval(value, percentile(known, LOW), percentile(known, 1 - LOW));
  }

  /** Linear between neighbours. */
  private static double percentile(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(sorted.length - 1, below + 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }
}
