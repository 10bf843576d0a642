package org.clarion.engine.learn;

/**
 * Linear warm-up, then half a cosine, as MiniGPT-4 and the models made of it have it: the cosine counts from the first
 * step of all and not from the end of the warm-up.
 *
 * @param start
 *          at the first step
 * @param peak
 *          what the warm-up climbs to, and the cosine falls from
 * @param end
 *          what the cosine falls to
 * @param warmup
 *          steps of the warm-up, 0 for none
 * @param epochs
 *          parts that the training is divided into
 * @param stepsPerEpoch
 *          steps of each
 * @param warmupByEpoch
 *          whether the climb starts anew with each epoch that begins before the warm-up ends, as in XrayGPT's code;
 *          makes a difference only where the warm-up is longer than an epoch
 */
public record LearningRate(double start, double peak, double end, long warmup, long epochs, long stepsPerEpoch,
    boolean warmupByEpoch) {
  public LearningRate {
    if (epochs < 1 || stepsPerEpoch < 1) {
      throw new IllegalArgumentException(
          "a training has at least 1 epoch of 1 step, not " + epochs + " of " + stepsPerEpoch);
    }
    if (warmup < 0) {
      throw new IllegalArgumentException("a warm-up has at least 0 steps, not " + warmup);
    }
  }

  /** Steps of the whole training. */
  public long steps() {
    return epochs * stepsPerEpoch;
  }

  /**
   * The rate of a step.
   *
   * @param step
   *          from 0
   */
  public double at(long step) {
    if (step < warmup) {
      long climbed = warmupByEpoch ? step % stepsPerEpoch : step;
      return Math.min(peak, start + (peak - start) * climbed / Math.max(warmup, 1));
    }
    return (peak - end) * 0.5 * (1 + Math.cos(Math.PI * step / steps())) + end;
  }
}
