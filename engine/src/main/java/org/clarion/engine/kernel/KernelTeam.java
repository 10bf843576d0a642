package org.clarion.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Threads that run programs together: the caller's and helpers of the library's. Between runs the helpers wait, first
 * at full speed and after some 50 microseconds asleep.
 *
 * <p>
 * One caller at a time.
 */
public final class KernelTeam implements AutoCloseable {
  private final KernelLibrary library;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment cycles = arena.allocate(JAVA_LONG, Operation.Kind.values().length);
  private MemorySegment team;
  private long nanos;

  /**
   * Starts the helpers.
   *
   * @param threads
   *          the caller's included
   * @param operations
   *          of the longest program
   */
  public KernelTeam(KernelLibrary library, int threads, int operations) {
    this.library = library;
    this.team = library.newTeam(threads, operations);
  }

  /** The caller's thread and the helpers that the host gave. */
  public int threads() {
    return library.threads(team);
  }

  /** Runs a part of a program; returns when all of it is done. */
  public void run(KernelProgram.Part part, StepNumbers numbers) {
    if (team.equals(MemorySegment.NULL)) {
      throw new IllegalStateException("the team is closed");
    }
    long start = System.nanoTime();
    if (library.run(team, part.operations(), part.first(), part.count(), numbers.memory(), cycles) != 0) {
      throw new IllegalArgumentException("a program of " + part.count() + " operations is too long for this team");
    }
    nanos += System.nanoTime() - start;
  }

  /** Nanoseconds that the caller's thread has spent in a kind of work so far, waiting for helpers included. */
  public long nanos(KernelWork work) {
    long all = 0;
    long spent = 0;
    for (Operation.Kind kind : Operation.Kind.values()) {
      long part = cycles.getAtIndex(JAVA_LONG, kind.code());
      all += part;
      spent += KernelWork.of(kind) == work ? part : 0;
    }
    // Cycles tell the shares, the clock what they are worth.
    return Math.round((double) spent / Math.max(1, all) * nanos);
  }

  /** Ends the helpers. Idempotent. */
  @Override
  public void close() {
    if (!team.equals(MemorySegment.NULL)) {
      library.freeTeam(team);
      team = MemorySegment.NULL;
      arena.close();
    }
  }
}
