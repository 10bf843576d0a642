package org.clarion.deploy.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A step's arithmetic: pieces of some microseconds that the threads take as they come, as a matrix product would be
 * shared. Time that a core spends on something else is missing here. One thread runs it; helpers wait actively for a
 * moment, then sleep.
 */
final class FakeWork implements AutoCloseable {
  private static final long PIECE_NANOS = 20_000;
  private static final long PATIENCE_NANOS = 100_000;
  private static final int CALIBRATION = 2_000_000;

  private final int pieces;
  private final long rounds;
  private final AtomicInteger left = new AtomicInteger();
  private final AtomicInteger running = new AtomicInteger();
  private final List<Thread> helpers = new ArrayList<>();
  /** Keeps the arithmetic from being optimised away. */
  private final AtomicLong result = new AtomicLong();
  private volatile boolean closed;

  FakeWork(long nanos, int threads) {
    pieces = (int) (nanos * threads / PIECE_NANOS);
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 20; i++) {
      long start = System.nanoTime();
      result.set(compute(CALIBRATION));
      best = Math.min(best, System.nanoTime() - start);
    }
    rounds = CALIBRATION * PIECE_NANOS / best;
    for (int i = 1; i < threads; i++) {
      helpers.add(Thread.ofPlatform().daemon().name("fake-work-" + i).start(this::help));
    }
  }

  void run() {
    left.set(pieces);
    helpers.forEach(LockSupport::unpark);
    take();
    while (running.get() > 0) {
      Thread.onSpinWait();
    }
  }

  private void help() {
    long idle = System.nanoTime();
    while (!closed) {
      if (left.get() > 0) {
        take();
        idle = System.nanoTime();
      } else if (System.nanoTime() - idle > PATIENCE_NANOS) {
        LockSupport.park();
        idle = System.nanoTime();
      } else {
        Thread.onSpinWait();
      }
    }
  }

  private void take() {
    running.incrementAndGet();
    while (left.decrementAndGet() >= 0) {
      result.set(compute(rounds));
    }
    running.decrementAndGet();
  }

  private static long compute(long rounds) {
    long x = 88_172_645_463_325_252L;
    for (long i = 0; i < rounds; i++) {
      x ^= x << 13;
      x ^= x >>> 7;
      x ^= x << 17;
    }
    return x;
  }

  @Override
  public void close() {
    closed = true;
    helpers.forEach(LockSupport::unpark);
  }
}
