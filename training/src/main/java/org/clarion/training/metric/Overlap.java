package org.clarion.training.metric;

/**
 * How far a prediction and a reference cover each other, each 0 to 1.
 *
 * @param precision
 *          share of the prediction that the reference has too
 * @param recall
 *          share of the reference that the prediction has too
 * @param f1
 *          their harmonic mean, 0 where both are 0
 */
public record Overlap(double precision, double recall, double f1) {
  /** Nothing in common. */
  public static final Overlap NONE = new Overlap(0, 0, 0);

  /** From the two shares. */
  public static Overlap of(double precision, double recall) {
    double sum = precision + recall;
    return new Overlap(precision, recall, sum > 0 ? 2 * precision * recall / sum : 0);
  }

  /**
   * From counts; a share of nothing is 0.
   *
   * @param common
   *          what both have
   * @param predicted
   *          what the prediction has
   * @param expected
   *          what the reference has
   */
  public static Overlap ofCounts(long common, long predicted, long expected) {
    return of(predicted == 0 ? 0 : (double) common / predicted, expected == 0 ? 0 : (double) common / expected);
  }
}
