package org.clarion.scheduler.simulate;

/**
 * What a step takes on the simulated machine; the terms are those of {@link org.clarion.scheduler.core.StepModel}.
 *
 * @param fixed
 *          nanoseconds of every step
 * @param row
 *          nanoseconds of every row
 * @param token
 *          nanoseconds of every position computed
 * @param context
 *          nanoseconds of every position read by one that is computed
 * @param way
 *          nanoseconds from the reader to the replica and back, counted where a token is seen
 * @param jitter
 *          share by which a step's time varies, evenly to both sides
 */
public record StepCost(double fixed, double row, double token, double context, long way, double jitter) {
  public StepCost {
    if (!(fixed >= 0 && row >= 0 && token >= 0 && context >= 0 && fixed + row + token > 0)) {
      throw new IllegalArgumentException("step cost " + fixed + ", " + row + ", " + token + ", " + context
          + " must not be negative, and a step must take some time");
    }
    if (way < 0 || !(jitter >= 0 && jitter < 1)) {
      throw new IllegalArgumentException("way " + way + " ns must not be negative and jitter " + jitter
          + " must be in [0, 1)");
    }
  }

  /** Nanoseconds without jitter. */
  double nanos(int rows, int tokens, long read) {
    return fixed + row * rows + token * tokens + context * read;
  }
}
