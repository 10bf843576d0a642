package org.clarion.scheduler.core;

/**
 * How likely a parked session's next turn still is, learnt from those that came and those that did not.
 *
 * <p>
 * A share of sessions comes back, one share for those with one turn behind them, another for those with two, and so on:
 * who has asked twice often asks again. Those who come do so after an exponential time, so that after an idle time
 * {@code t} the likelihood is {@code r e^(-t/m) / (r e^(-t/m) + 1 - r)}: Bayes' rule with the share {@code r} and the
 * mean {@code m}. Both start from a prior of a few observations. Not thread-safe.
 */
final class ReturnModel {
  /** Turns that are told apart; more count as so many. */
  static final int TURNS = 4;
  private static final double PRIOR_WEIGHT = 8;
  private static final double[] PRIOR_SHARE = {0.4, 0.5, 0.6, 0.6};
  private static final double PRIOR_MEAN = 90e9;
  /** Older observations fade with each new one, so that the model follows the day. */
  private static final double KEPT = 0.998;

  private final double[] came = new double[TURNS];
  private final double[] stayedAway = new double[TURNS];
  private double gaps = PRIOR_WEIGHT * PRIOR_MEAN;
  private double gapCount = PRIOR_WEIGHT;

  ReturnModel() {
    for (int turn = 0; turn < TURNS; turn++) {
      came[turn] = PRIOR_WEIGHT * PRIOR_SHARE[turn];
      stayedAway[turn] = PRIOR_WEIGHT - came[turn];
    }
  }

  /** A session with so many turns behind it came back after an idle time in nanoseconds. */
  void returned(int turns, long idle) {
    count(turns, 1);
    gaps = KEPT * gaps + Math.max(idle, 0);
    gapCount = KEPT * gapCount + 1;
  }

  /** It was given up after an idle time: it counts as staying away as far as its return had become unlikely. */
  void givenUp(int turns, long idle) {
    count(turns, likelihood(turns, idle));
  }

  private void count(int turns, double returns) {
    int turn = Math.clamp(turns, 1, TURNS) - 1;
    came[turn] = KEPT * came[turn] + returns;
    stayedAway[turn] = KEPT * stayedAway[turn] + 1 - returns;
  }

  /** Between 0 and 1. */
  double likelihood(int turns, long idle) {
    int turn = Math.clamp(turns, 1, TURNS) - 1;
    double likelihood = came[turn] * stillToCome(idle);
    return likelihood / (likelihood + stayedAway[turn]);
  }

  /** Of those who come at all, the share that comes after this idle time or later. */
  double stillToCome(long idle) {
    return Math.exp(-Math.max(idle, 0) * gapCount / gaps);
  }
}
