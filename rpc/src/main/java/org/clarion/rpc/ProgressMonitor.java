package org.clarion.rpc;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Health by forward progress: a role with work outstanding that makes no progress within a bound is as good as dead,
 * however well its sockets answer. An idle role is healthy. Thread-safe; never blocks.
 */
public final class ProgressMonitor {
  private final long boundNanos;
  private final LongSupplier clock;
  private long outstanding;
  private long lastProgress;

  /** Uses the system's monotonic clock. */
  public ProgressMonitor(Duration bound) {
    this(bound, System::nanoTime);
  }

  /**
   * Starts idle.
   *
   * @param bound
   *          longest time without progress while work is outstanding
   * @param clock
   *          monotonic nanoseconds
   */
  public ProgressMonitor(Duration bound, LongSupplier clock) {
    this.boundNanos = bound.toNanos();
    this.clock = clock;
    this.lastProgress = clock.getAsLong();
  }

  /** A piece of work came in. The first one after an idle time starts the count: idleness is no lack of progress. */
  public synchronized void begin() {
    if (outstanding++ == 0) {
      lastProgress = clock.getAsLong();
    }
  }

  /** Something moved: a step ran, an image was encoded, a chunk arrived. */
  public synchronized void progress() {
    lastProgress = clock.getAsLong();
  }

  /** A piece of work is over, well or not; that is progress. */
  public synchronized void end() {
    if (outstanding == 0) {
      throw new IllegalStateException("more work ended than began");
    }
    outstanding--;
    lastProgress = clock.getAsLong();
  }

  /** Work begun and not ended. */
  public synchronized long outstanding() {
    return outstanding;
  }

  /** False when work is outstanding and nothing moved within the bound. */
  public synchronized boolean healthy() {
    return outstanding == 0 || clock.getAsLong() - lastProgress <= boundNanos;
  }
}
