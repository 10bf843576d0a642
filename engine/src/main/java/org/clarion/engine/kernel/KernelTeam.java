package org.clarion.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;

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
    if (library.run(team, part.operations(), part.first(), part.count(), numbers.memory(), cycles) != 0) {
      throw new IllegalArgumentException("a program of " + part.count() + " operations is too long for this team");
    }
  }

  /** Processor cycles that the caller's thread has spent in each kind of work so far, waiting for helpers included. */
  public Map<KernelWork, Long> cycles() {
    Map<KernelWork, Long> sums = new EnumMap<>(KernelWork.class);
    for (Operation.Kind kind : Operation.Kind.values()) {
      sums.merge(KernelWork.of(kind), cycles.getAtIndex(JAVA_LONG, kind.code()), Long::sum);
    }
    return sums;
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
