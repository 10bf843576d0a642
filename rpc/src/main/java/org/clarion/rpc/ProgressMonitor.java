package org.clarion.rpc;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Health by forward progress: a role with work outstanding that makes no progress for several times as long as it
 * usually takes is as good as dead, however well its sockets answer. An idle role is healthy. Thread-safe; never
 * blocks.
 */
public final class ProgressMonitor {
  /** Without progress for so many times the longest of the last waits for it. */
  private static final int FACTOR = 8;
  /** Waits after which what is usual is known. */
  private static final int ENOUGH = 8;
  /** How much of the longest wait is left after each further one. */
  private static final double KEEP = 0.95;

  private final long leastNanos;
  private final long unknownNanos;
  private final LongSupplier clock;
  private long outstanding;
  private long lastProgress;
  private long waits;
  private long longest;

  /** Uses the system's monotonic clock. */
  public ProgressMonitor(Duration least, Duration unknown) {
    this(least, unknown, System::nanoTime);
  }

  /**
   * Starts idle.
   *
   * @param least
   *          longest time without progress while work is outstanding, for a role that usually takes much less
   * @param unknown
   *          the same while it is not known what is usual
   * @param clock
   *          monotonic nanoseconds
   */
  public ProgressMonitor(Duration least, Duration unknown, LongSupplier clock) {
    this.leastNanos = least.toNanos();
    this.unknownNanos = unknown.toNanos();
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
    long now = clock.getAsLong();
    if (outstanding > 0) {
      longest = Math.max(now - lastProgress, (long) (longest * KEEP));
      waits++;
    }
    lastProgress = now;
  }

  /** A piece of work is over, well or not; that is progress. */
  public synchronized void end() {
    if (outstanding == 0) {
      throw new IllegalStateException("more work ended than began");
    }
    progress();
    outstanding--;
  }

  /** Work begun and not ended. */
  public synchronized long outstanding() {
    return outstanding;
  }

  /** False when work is outstanding and nothing moved for too long. */
  public synchronized boolean healthy() {
    long limit = waits < ENOUGH ? unknownNanos : Math.max(leastNanos, FACTOR * longest);
    return outstanding == 0 || clock.getAsLong() - lastProgress <= limit;
  }
}
