package org.clarion.scheduler.rpc;

import java.time.Duration;

/**
 * How long a step may take until its replica counts as hung, however well its processes answer: several times what the
 * step is predicted to take, and not less than a few seconds. A replica that was given up for lateness gets twice the
 * time afterwards, until it has shown that it keeps up, so that a machine that is only slow is not opened again and
 * again. Belongs to the owner's thread.
 */
final class StepPatience {
  /** A step is late when it takes so many times its prediction. */
  private static final int FACTOR = 8;
  /** The times are doubled at most so often. */
  private static final int MOST_DOUBLINGS = 5;
  /** Steps in time after which lateness is forgotten. */
  private static final int FORGOTTEN = 64;

  private final Duration least;
  private final Duration unknown;
  private int doublings;
  private int inTime;

  /**
   * Patience of a replica that was never late.
   *
   * @param least
   *          limit of a step that is predicted to be short
   * @param unknown
   *          limit of a step that cannot be predicted yet: the first ones may have to read the weights from disk
   */
  StepPatience(Duration least, Duration unknown) {
    this.least = least;
    this.unknown = unknown;
  }

  /** Limit of a step that is predicted to take so long; zero says that nothing is known. */
  Duration limit(Duration predicted) {
    Duration limit = predicted.isZero()
        ? unknown
        : least.compareTo(predicted.multipliedBy(FACTOR)) > 0 ? least : predicted.multipliedBy(FACTOR);
    return limit.multipliedBy(1L << doublings);
  }

  /** A step was executed within its limit. */
  void kept() {
    if (++inTime == FORGOTTEN) {
      doublings = 0;
    }
  }

  /** A step took longer than its limit. */
  void exceeded() {
    inTime = 0;
    doublings = Math.min(MOST_DOUBLINGS, doublings + 1);
  }
}
