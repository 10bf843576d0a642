package org.clarion.engine.collective;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A group whose ranks share memory: threads of one process, or processes of one host. Every call is one or more rounds;
 * in a round each rank publishes a slot and waits for those of the others. {@link GroupMemory} says why that is safe.
 *
 * <p>
 * A wait spins briefly (peers finish within microseconds of each other), then yields, then sleeps in short turns: ranks
 * must not starve each other where they share cores.
 */
final class MemoryCollective implements Collective {
  private static final int SPINS = 2_000;
  private static final int YIELDS = 200;
  private static final long NAP_NANOS = 50_000;

  /** What a slot is part of; the code is what lies in memory. */
  private enum Operation {
    ALL_REDUCE(1), GATHER(2), BROADCAST(3), MINIMUM(4);

    final int code;

    Operation(int code) {
      this.code = code;
    }

    static String named(int code) {
      return Arrays.stream(values()).filter(o -> o.code == code).map(Operation::name).findFirst()
          .orElse("operation " + code);
    }
  }

  private final GroupMemory memory;
  private final int rank;
  private final Duration deadline;
  private final float[] sum = new float[GroupMemory.SLOT_VALUES];
  private final float[] term = new float[GroupMemory.SLOT_VALUES];
  private long round;
  private @Nullable String broken;

  MemoryCollective(GroupMemory memory, int rank, Duration deadline) {
    if (deadline.isNegative() || deadline.isZero()) {
      throw new IllegalArgumentException("the deadline must be positive, not " + deadline);
    }
    this.memory = memory;
    this.rank = rank;
    this.deadline = deadline;
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
  public void allReduce(FloatBuffer values) {
    int length = values.remaining();
    for (int done = 0; done == 0 || done < length; done += GroupMemory.SLOT_VALUES) {
      FloatBuffer part = part(values, done);
      begin(Operation.ALL_REDUCE, length);
      write(part);
      finish(Operation.ALL_REDUCE, length);
      int count = part.remaining();
      read(0, sum, count);
      for (int peer = 1; peer < size(); peer++) {
        read(peer, term, count);
        for (int i = 0; i < count; i++) {
          sum[i] += term[i];
        }
      }
      part.put(sum, 0, count);
    }
  }

  @Override
  public void gather(FloatBuffer mine, @Nullable FloatBuffer all) {
    if ((rank == 0) != (all != null)) {
      throw new IllegalArgumentException("rank 0 and no other rank needs a destination, rank " + rank
          + (all == null ? " has none" : " has one"));
    }
    int[] lengths = new int[size()];
    int longest = 0;
    for (int done = 0; done == 0 || done < longest; done += GroupMemory.SLOT_VALUES) {
      begin(Operation.GATHER, mine.remaining());
      write(part(mine, done));
      finish(Operation.GATHER, -1);
      if (done == 0) {
        int total = 0;
        for (int peer = 0; peer < lengths.length; peer++) {
          lengths[peer] = memory.length(round, peer);
          longest = Math.max(longest, lengths[peer]);
          total += lengths[peer];
        }
        if (all != null && all.remaining() != total) {
          throw broken("the destination has room for " + all.remaining() + " values, the group gives " + total);
        }
      }
      if (all != null) {
        collect(all, lengths, done);
      }
    }
  }

  private void collect(FloatBuffer all, int[] lengths, int done) {
    int start = all.position();
    for (int peer = 0; peer < lengths.length; peer++) {
      int count = Math.min(GroupMemory.SLOT_VALUES, lengths[peer] - done);
      if (count > 0) {
        read(peer, term, count);
        all.put(start + done, term, 0, count);
      }
      start += lengths[peer];
    }
  }

  @Override
  public void broadcast(int[] values) {
    for (int done = 0; done == 0 || done < values.length; done += GroupMemory.SLOT_VALUES) {
      int count = Math.min(GroupMemory.SLOT_VALUES, values.length - done);
      begin(Operation.BROADCAST, values.length);
      if (rank == 0) {
        MemorySegment.copy(values, done, memory.segment(), ValueLayout.JAVA_INT, memory.values(round, 0), count);
      }
      finish(Operation.BROADCAST, values.length);
      MemorySegment.copy(memory.segment(), ValueLayout.JAVA_INT, memory.values(round, 0), values, done, count);
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

  private static FloatBuffer part(FloatBuffer values, int done) {
    int rest = Math.max(0, values.remaining() - done);
    return values.slice(values.position() + Math.min(done, values.remaining()),
        Math.min(rest, GroupMemory.SLOT_VALUES));
  }

  private void begin(Operation operation, int length) {
    if (broken != null) {
      throw new CollectiveException("the group of rank " + rank + " is broken: " + broken);
    }
    round++;
    memory.describe(round, rank, operation.code, length);
  }

  private void write(FloatBuffer part) {
    MemorySegment from = MemorySegment.ofBuffer(part);
    MemorySegment.copy(from, 0, memory.segment(), memory.values(round, rank), from.byteSize());
  }

  private void read(int peer, float[] into, int count) {
    MemorySegment.copy(memory.segment(), ValueLayout.JAVA_FLOAT, memory.values(round, peer), into, 0, count);
  }

  /** Publishes this rank's slot and waits for the others. A {@code length} below 0 may differ between ranks. */
  private void finish(Operation operation, int length) {
    memory.publishRound(rank, round);
    for (int peer = 0; peer < size(); peer++) {
      await(peer);
      int other = memory.operation(round, peer);
      if (other != operation.code || (length >= 0 && memory.length(round, peer) != length)) {
        throw broken("rank " + rank + " called " + operation + " of " + length + " values, rank " + peer + " "
            + Operation.named(other) + " of " + memory.length(round, peer) + " values");
      }
    }
    for (int peer = 0; peer < size(); peer++) {
      // It published and then gave up on somebody: the group is broken, though this round could be read.
      if (memory.hasFailed(peer)) {
        throw broken("rank " + peer + " has given up");
      }
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // yielding only shortens the wait, nothing depends on it
  private void await(int peer) {
    for (int i = 0; i < SPINS; i++) {
      if (memory.round(peer) >= round) {
        return;
      }
      Thread.onSpinWait();
    }
    long start = System.nanoTime();
    for (int i = 0; memory.round(peer) < round; i++) {
      checkPresent(peer);
      if (System.nanoTime() - start > deadline.toNanos()) {
        throw broken("rank " + peer + " did not take part in round " + round + " within " + deadline);
      }
      if (i < YIELDS) {
        Thread.yield();
      } else {
        LockSupport.parkNanos(NAP_NANOS);
      }
    }
  }

  private void checkPresent(int peer) {
    // The peer may have published and then left: its counter, read after the flag, decides.
    if (memory.hasLeft(peer) && memory.round(peer) < round) {
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
