package org.clarion.engine.collective;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * How a rank waits for a peer that shares its memory: it spins while the peer is expected within microseconds, then
 * gives its core away between looks, then sleeps, at most an eighth of the time that it has waited already. So a peer
 * that was descheduled finds a core where ranks share them, and a long wait costs next to no processor time. One thread
 * at a time.
 */
final class Patience {
  private static final int SPINS_PER_LOOK = 32;
  private static final long SPIN_NANOS = 30_000;
  private static final long YIELD_NANOS = 400_000;
  private static final long NAP_NANOS = 50_000;
  private static final long LONG_NAP_NANOS = 2_000_000;

  private final long deadlineNanos;
  private long start;
  private long waited;
  private int spins;

  Patience(Duration deadline) {
    this.deadlineNanos = deadline.toNanos();
  }

  void start() {
    spins = 0;
    waited = 0;
  }

  /** One turn of the spinning part; false when it is over and {@link #rest} is due. */
  boolean spin() {
    if (waited >= SPIN_NANOS) {
      return false;
    }
    if (spins == 0) {
      start = System.nanoTime();
    } else if (spins % SPINS_PER_LOOK == 0) {
      waited = System.nanoTime() - start;
    }
    spins++;
    Thread.onSpinWait();
    return true;
  }

  /** Whether the deadline has passed. */
  boolean isOver() {
    waited = System.nanoTime() - start;
    return waited > deadlineNanos;
  }

  /** Lets others run for a moment. */
  @SuppressWarnings("ThreadPriorityCheck") // yielding only shortens the wait, nothing depends on it
  void rest() {
    if (waited < YIELD_NANOS) {
      Thread.yield();
    } else {
      LockSupport.parkNanos(Math.clamp(waited / 8, NAP_NANOS, LONG_NAP_NANOS));
    }
  }
}
