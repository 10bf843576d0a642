package org.clarion.engine.collective;

import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A group on two levels: the ranks of a process reduce among themselves, each process's first rank reduces with those
 * of the other processes, and hands its process the result. Ranks are numbered process by process.
 *
 * <p>
 * Sums of floats are added in rank order within each process and then in process order: every rank has the same bits,
 * but they may differ in the last place from those of a flat group of the same size. Sums of ints and maxima do not
 * differ.
 *
 * <p>
 * When one level fails this rank leaves the other, so the failure reaches everybody as fast as a peer's leaving does.
 */
final class HierarchicalCollective extends HostCollective {
  private final HostCollective inside;
  private final @Nullable HostCollective outside;
  private final int process;
  private final int processes;
  private @Nullable String broken;

  HierarchicalCollective(HostCollective inside, @Nullable HostCollective outside, int process, int processes) {
    if ((inside.rank() == 0) != (outside != null)) {
      throw new IllegalArgumentException("rank 0 of a process and no other meets the other processes, rank "
          + inside.rank() + (outside == null ? " does not" : " does"));
    }
    if (outside != null && (outside.rank() != process || outside.size() != processes)) {
      throw new IllegalArgumentException("process " + process + " of " + processes + " is rank " + outside.rank()
          + " of " + outside.size() + " outside");
    }
    this.inside = inside;
    this.outside = outside;
    this.process = process;
    this.processes = processes;
  }

  @Override
  public int rank() {
    return process * inside.size() + inside.rank();
  }

  @Override
  public int size() {
    return processes * inside.size();
  }

  @Override
  void allReduce(Operation operation, MemorySegment values) {
    guarded(() -> {
      inside.allReduce(operation, values);
      if (outside != null) {
        outside.allReduce(operation, values);
      }
      inside.broadcast(values);
      return 0;
    });
  }

  @Override
  void gather(MemorySegment mine, @Nullable MemorySegment all) {
    guarded(() -> {
      int[] total = {count(mine)};
      inside.allReduce(Operation.ALL_REDUCE_INTS, MemorySegment.ofArray(total));
      if (outside == null) {
        inside.gather(mine, null);
      } else {
        MemorySegment ours = MemorySegment.ofArray(new float[total[0]]);
        inside.gather(mine, ours);
        outside.gather(ours, all);
      }
      // An agreement at the end: nobody goes on before the room was found to do.
      inside.minimum(0);
      return 0;
    });
  }

  @Override
  void broadcast(MemorySegment values) {
    guarded(() -> {
      if (outside != null) {
        outside.broadcast(values);
      }
      inside.broadcast(values);
      return 0;
    });
  }

  @Override
  public int minimum(int value) {
    return guarded(() -> {
      int[] least = {inside.minimum(value)};
      if (outside != null) {
        least[0] = outside.minimum(least[0]);
      }
      inside.broadcast(MemorySegment.ofArray(least));
      return least[0];
    });
  }

  /** May be called by any thread: it also ends this rank's own wait. */
  @Override
  public void close() {
    inside.close();
    if (outside != null) {
      outside.close();
    }
  }

  private int guarded(Supplier<Integer> call) {
    if (broken != null) {
      throw new CollectiveException("the group of rank " + rank() + " is broken: " + broken);
    }
    try {
      return call.get();
    } catch (CollectiveException e) {
      broken = e.getMessage();
      close();
      throw process == 0 ? e : new CollectiveException("in process " + process + ": " + e.getMessage(), e);
    }
  }
}
