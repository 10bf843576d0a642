package org.clarion.engine.collective;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A group whose ranks share memory: threads of one process, or processes of one host. Every call is one or more rounds;
 * in a round each rank publishes a slot and waits for those of the others. {@link GroupMemory} says why that is safe,
 * {@link Patience} how a rank waits.
 */
final class MemoryCollective extends HostCollective {
  private final GroupMemory memory;
  private final int rank;
  private final Duration deadline;
  private final Patience patience;
  private final Reducer reducer;
  private final Reducer.Source slots = new Slots();
  private long round;
  private @Nullable String broken;

  /** Where the ranks' values of this round lie. */
  private final class Slots implements Reducer.Source {
    @Override
    public MemorySegment segment(int peer) {
      return memory.segment();
    }

    @Override
    public long offset(int peer) {
      return memory.values(round, peer);
    }
  }

  MemoryCollective(GroupMemory memory, int rank, Duration deadline) {
    if (deadline.isNegative() || deadline.isZero()) {
      throw new IllegalArgumentException("the deadline must be positive, not " + deadline);
    }
    this.memory = memory;
    this.rank = rank;
    this.deadline = deadline;
    this.patience = new Patience(deadline);
    this.reducer = new Reducer(memory.size());
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return memory.size();
  }

  @Override
  void allReduce(Operation operation, MemorySegment values) {
    int length = count(values);
    for (int done = 0; done == 0 || done < length; done += GroupMemory.SLOT_VALUES) {
      int count = Math.min(GroupMemory.SLOT_VALUES, length - done);
      begin(operation, length);
      write(values, done, count);
      finish(operation, length);
      reducer.reduce(operation, slots, values, 4L * done, count);
    }
  }

  @Override
  void gather(MemorySegment mine, @Nullable MemorySegment all) {
    int own = count(mine);
    int[] lengths = new int[size()];
    int longest = 0;
    for (int done = 0; done == 0 || done < longest; done += GroupMemory.SLOT_VALUES) {
      begin(Operation.GATHER, own);
      write(mine, done, Math.clamp(own - done, 0, GroupMemory.SLOT_VALUES));
      finish(Operation.GATHER, -1);
      if (done == 0) {
        int total = 0;
        for (int peer = 0; peer < lengths.length; peer++) {
          lengths[peer] = memory.length(round, peer);
          longest = Math.max(longest, lengths[peer]);
          total += lengths[peer];
        }
        if (all != null && count(all) != total) {
          throw broken(tooSmall(count(all), total));
        }
      }
      if (all != null) {
        collect(all, lengths, done);
      }
    }
  }

  private void collect(MemorySegment all, int[] lengths, int done) {
    long start = 4L * done;
    for (int peer = 0; peer < lengths.length; peer++) {
      int count = Math.min(GroupMemory.SLOT_VALUES, lengths[peer] - done);
      if (count > 0) {
        MemorySegment.copy(memory.segment(), memory.values(round, peer), all, start, 4L * count);
      }
      start += 4L * lengths[peer];
    }
  }

  @Override
  void broadcast(MemorySegment values) {
    int length = count(values);
    for (int done = 0; done == 0 || done < length; done += GroupMemory.SLOT_VALUES) {
      int count = Math.min(GroupMemory.SLOT_VALUES, length - done);
      begin(Operation.BROADCAST, length);
      if (rank == 0) {
        write(values, done, count);
      }
      finish(Operation.BROADCAST, length);
      if (rank != 0) {
        MemorySegment.copy(memory.segment(), memory.values(round, 0), values, 4L * done, 4L * count);
      }
    }
  }

  @Override
  public int minimum(int value) {
    begin(Operation.MINIMUM, 1);
    memory.segment().set(ValueLayout.JAVA_INT, memory.values(round, rank), value);
    finish(Operation.MINIMUM, 1);
    int least = value;
    for (int peer = 0; peer < size(); peer++) {
      least = Math.min(least, memory.segment().get(ValueLayout.JAVA_INT, memory.values(round, peer)));
    }
    return least;
  }

  /** May be called by any thread: it also ends this rank's own wait. */
  @Override
  public void close() {
    memory.leave(rank);
  }

  private void begin(Operation operation, int length) {
    if (broken != null) {
      throw new CollectiveException("the group of rank " + rank + " is broken: " + broken);
    }
    round++;
    memory.describe(round, rank, operation.code(), length);
  }

  private void write(MemorySegment from, int done, int count) {
    MemorySegment.copy(from, count == 0 ? 0 : 4L * done, memory.segment(), memory.values(round, rank), 4L * count);
  }

  /** Publishes this rank's slot and waits for the others. A {@code length} below 0 may differ between ranks. */
  private void finish(Operation operation, int length) {
    memory.publish(round, rank);
    for (int peer = 0; peer < size(); peer++) {
      if (!memory.hasPublished(round, peer)) {
        await(peer);
      }
      int other = memory.operation(round, peer);
      if (other != operation.code() || (length >= 0 && memory.length(round, peer) != length)) {
        throw broken(Operation.mismatch(rank, operation, memory.length(round, rank), peer, other,
            memory.length(round, peer)));
      }
    }
    for (int peer = 0; peer < size(); peer++) {
      // It published and then gave up on somebody: the group is broken, though this round could be read.
      if (memory.hasFailed(peer)) {
        throw broken("rank " + peer + " has given up");
      }
    }
  }

  private void await(int peer) {
    patience.start();
    while (!memory.hasPublished(round, peer)) {
      if (patience.spin()) {
        continue;
      }
      checkPresent(peer);
      if (patience.isOver()) {
        throw broken("rank " + peer + " did not take part in round " + round + " within " + deadline);
      }
      patience.rest();
    }
  }

  private void checkPresent(int peer) {
    // The peer may have published and then left: its slot, read after the flag, decides.
    if (memory.hasLeft(peer) && !memory.hasPublished(round, peer)) {
      throw broken("rank " + peer + " has left");
    }
    if (memory.hasLeft(rank)) {
      throw broken("rank " + rank + " has left");
    }
    if (Thread.currentThread().isInterrupted()) {
      throw broken("rank " + rank + " was interrupted while it waited for rank " + peer);
    }
  }

  private CollectiveException broken(String reason) {
    broken = reason;
    // Peers that wait for this rank learn of it now rather than at their own deadline.
    memory.fail(rank);
    return new CollectiveException(reason);
  }
}
