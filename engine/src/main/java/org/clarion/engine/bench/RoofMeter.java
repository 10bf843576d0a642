package org.clarion.engine.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.clarion.engine.kernel.KernelMemory;
import org.clarion.engine.kernel.KernelRoofs;
import org.jspecify.annotations.Nullable;

/**
 * Measures the machine's roofs with as many threads as the engine gets. Where the native kernels are missing, memory is
 * read by Java, which reaches less of its rate, and the arithmetic stays unknown.
 */
public final class RoofMeter {
  private static final long BYTES = 512L << 20;
  private static final int PASSES = 4;
  private static final int REPEATS = 3;
  private static final long TURNS = 6_000_000;

  private final int threads;
  private final long bytes;
  private final long turns;
  private final @Nullable KernelRoofs kernels;

  /** A meter for so many threads. */
  public RoofMeter(int threads) {
    this(threads, BYTES, TURNS);
  }

  RoofMeter(int threads, long bytes, long turns) {
    this.threads = threads;
    this.bytes = bytes;
    this.turns = turns;
    this.kernels = KernelRoofs.host().orElse(null);
  }

  /** Takes about a second and half a GiB of memory, which is given back. */
  public Roofs measure() {
    KernelRoofs roofs = kernels;
    if (roofs == null) {
      return new Roofs(threads, readByJava(), 0, 0, 0);
    }
    return new Roofs(threads, read(roofs), rate(roofs, KernelRoofs.Kind.FLOAT32), rate(roofs,
        KernelRoofs.Kind.BFLOAT16), rate(roofs, KernelRoofs.Kind.INT8));
  }

  private double read(KernelRoofs roofs) {
    long part = bytes / threads / KernelRoofs.STRIDE * KernelRoofs.STRIDE;
    try (KernelMemory pages = roofs.memory()) {
      MemorySegment memory = pages.allocate(part * threads);
      memory.fill((byte) 1);
      return part * threads * PASSES / best(thread -> {
        for (int pass = 0; pass < PASSES; pass++) {
          roofs.read(memory.asSlice(thread * part, part));
        }
      }) / 1e9;
    }
  }

  private double rate(KernelRoofs roofs, KernelRoofs.Kind kind) {
    long operations = roofs.multiply(kind, 0);
    return operations == 0 ? 0 : operations * turns * threads / best(_ -> roofs.multiply(kind, turns)) / 1e12;
  }

  private double readByJava() {
    long part = bytes / threads / Long.BYTES * Long.BYTES;
    AtomicLong sums = new AtomicLong();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(part * threads, 64).fill((byte) 1);
      double seconds = best(thread -> {
        MemorySegment mine = memory.asSlice(thread * part, part);
        long sum = 0;
        for (long at = 0; at < part; at += Long.BYTES) {
          sum += mine.get(ValueLayout.JAVA_LONG, at);
        }
        sums.addAndGet(sum);
      });
      // The sum is used, so that no compiler leaves the reading out.
      return sums.get() == 0 ? 0 : part * threads / seconds / 1e9;
    }
  }

  /** Seconds of the fastest repeat of a task that all threads begin together, to the end of the last one. */
  private double best(IntConsumer task) {
    double best = Double.POSITIVE_INFINITY;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
      best = Math.min(best, once(task));
    }
    return best;
  }

  private double once(IntConsumer task) {
    CyclicBarrier barrier = new CyclicBarrier(threads);
    long[] starts = new long[threads];
    long[] ends = new long[threads];
    Thread[] running = new Thread[threads];
    for (int i = 0; i < threads; i++) {
      int index = i;
      running[i] = Thread.ofPlatform().name("roof-" + i).start(() -> {
        await(barrier);
        starts[index] = System.nanoTime();
        task.accept(index);
        ends[index] = System.nanoTime();
      });
    }
    long first = Long.MAX_VALUE;
    long last = Long.MIN_VALUE;
    for (int i = 0; i < threads; i++) {
      join(running[i]);
      first = Math.min(first, starts[i]);
      last = Math.max(last, ends[i]);
    }
    return (last - first) / 1e9;
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IllegalStateException("a thread of the roof measurement was interrupted", e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a roof was measured", e);
    }
  }
}
