package org.clarion.engine.parity;

import java.util.Arrays;

/** Collects the comparisons of one set and keeps the one that comes nearest to its tolerance. Not thread-safe. */
public final class Comparison {
  private final String set;
  private int cases;
  private double worstRatio = -1;
  private double worstDifference;
  private double worstTolerance;
  private String worst = "nothing compared";

  public Comparison(String set) {
    this.set = set;
  }

  /** Compares element by element; a value that is not a number where the other is one counts as infinitely far. */
  public void near(String what, float[] actual, float[] expected, double tolerance) {
    near(what, doubles(actual), doubles(expected), tolerance);
  }

  /** Compares element by element; a value that is not a number where the other is one counts as infinitely far. */
  public void near(String what, double[] actual, double[] expected, double tolerance) {
    if (actual.length != expected.length) {
      add(what + ": " + actual.length + " values instead of " + expected.length, Double.POSITIVE_INFINITY, tolerance);
      return;
    }
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      if (actual[i] == expected[i] || (Double.isNaN(actual[i]) && Double.isNaN(expected[i]))) {
        continue;
      }
      double one = Math.abs(actual[i] - expected[i]);
      difference = Double.isNaN(one) ? Double.POSITIVE_INFINITY : Math.max(difference, one);
    }
    add(what, difference, tolerance);
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  /** Compares exactly. */
  public void same(String what, int[] actual, int[] expected) {
    int unequal = Math.abs(actual.length - expected.length);
    for (int i = 0; i < Math.min(actual.length, expected.length); i++) {
      unequal += actual[i] == expected[i] ? 0 : 1;
    }
    int first = Arrays.mismatch(actual, expected);
    add(first < 0 ? what : what + ", first unequal at " + first, unequal, 0);
  }

  private void add(String what, double difference, double tolerance) {
    cases++;
    double ratio = difference == 0 ? 0 : difference / tolerance;
    if (ratio > worstRatio) {
      worstRatio = ratio;
      worstDifference = difference;
      worstTolerance = tolerance;
      worst = what;
    }
  }

  /** What was found. A set without comparisons fails. */
  public ParityResult result() {
    ParityStatus status = worstRatio >= 0 && worstRatio <= 1 ? ParityStatus.PASS : ParityStatus.FAIL;
    return new ParityResult(set, cases, worstDifference, worstTolerance, status, worst);
  }
}
