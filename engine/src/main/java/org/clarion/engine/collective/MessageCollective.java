package org.clarion.engine.collective;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.clarion.engine.collective.PeerLink.Frame;
import org.jspecify.annotations.Nullable;

/**
 * A group whose ranks exchange messages over a star: every rank sends its values to rank 0, which reduces them in rank
 * order and sends everyone the same bits. Values travel in parts; a rank has at most {@link #WINDOW} parts under way,
 * so sending, reducing and receiving overlap and nothing piles up.
 *
 * <p>
 * A star takes two hops whatever the size, which is what the small messages of a decode step need; a ring would take
 * {@code 2 (n - 1)}. Its price is rank 0's link, which carries {@code n - 1} times the values: fine up to about eight
 * ranks.
 */
final class MessageCollective extends HostCollective {
  /** Values of one frame. */
  static final int PART_VALUES = GroupMemory.SLOT_VALUES;
  private static final int WINDOW = 2;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final int rank;
  private final int size;
  private final List<PeerLink> links;
  private final Duration deadline;
  private final Reducer reducer;
  private @Nullable String broken;

  MessageCollective(int rank, int size, List<PeerLink> links, Duration deadline) {
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      throw new IllegalArgumentException("ranks exchange little-endian values, this machine is big-endian");
    }
    this.rank = rank;
    this.size = size;
    this.links = links;
    this.deadline = deadline;
    this.reducer = new Reducer(size);
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  void allReduce(Operation operation, MemorySegment values) {
    guarded(() -> {
      if (rank == 0) {
        lead(operation, values);
      } else {
        follow(operation, values);
      }
      return 0;
    });
  }

  private void lead(Operation operation, MemorySegment values) {
    int length = count(values);
    for (int done = 0; done == 0 || done < length; done += PART_VALUES) {
      int count = Math.min(PART_VALUES, length - done);
      Parts parts = new Parts(values, 4L * done, new ArrayList<>());
      for (int peer = 1; peer < size; peer++) {
        parts.peers.add(receive(peer, operation, length, count));
      }
      reducer.reduce(operation, parts, values, 4L * done, count);
      sendAll(frame(operation, length, values, done, count));
    }
  }

  private void follow(Operation operation, MemorySegment values) {
    int length = count(values);
    int sent = 0;
    for (int done = 0; done == 0 || done < length; done += PART_VALUES) {
      while (sent == 0 || sent < Math.min(length, done + WINDOW * PART_VALUES)) {
        int count = Math.min(PART_VALUES, length - sent);
        links.getFirst().send(frame(operation, length, values, sent, count), deadline);
        sent += PART_VALUES;
      }
      int count = Math.min(PART_VALUES, length - done);
      MemorySegment.copy(receive(0, operation, length, count), 0, values, 4L * done, 4L * count);
    }
  }

  @Override
  void gather(MemorySegment mine, @Nullable MemorySegment all) {
    guarded(() -> {
      if (all != null) {
        collect(mine, all);
        sendAll(new Frame(Operation.GATHER.code(), 0, NOTHING.duplicate()));
        return 0;
      }
      int length = count(mine);
      for (int done = 0; done == 0 || done < length; done += PART_VALUES) {
        links.getFirst().send(frame(Operation.GATHER, length, mine, done, Math.min(PART_VALUES, length - done)),
            deadline);
      }
      receive(0, Operation.GATHER, 0, 0);
      return 0;
    });
  }

  private void collect(MemorySegment mine, MemorySegment all) {
    // Everybody's first part says how much there is: nothing is written before the room is known to do.
    List<Frame> first = new ArrayList<>();
    long total = count(mine);
    for (PeerLink link : links) {
      Frame frame = link.receive(deadline);
      check(first.size() + 1, frame, Operation.GATHER, -1);
      total += frame.length();
      first.add(frame);
    }
    if (count(all) != total) {
      throw new CollectiveException(tooSmall(count(all), total));
    }
    MemorySegment.copy(mine, 0, all, 0, mine.byteSize());
    long at = mine.byteSize();
    for (int peer = 1; peer < size; peer++) {
      int length = first.get(peer - 1).length();
      for (int done = 0; done == 0 || done < length; done += PART_VALUES) {
        int count = Math.min(PART_VALUES, length - done);
        MemorySegment part = done == 0
            ? values(peer, first.get(peer - 1), count)
            : receive(peer, Operation.GATHER, length, count);
        MemorySegment.copy(part, 0, all, at, 4L * count);
        at += 4L * count;
      }
    }
  }

  @Override
  void broadcast(MemorySegment values) {
    guarded(() -> {
      int length = count(values);
      if (rank != 0) {
        links.getFirst().send(new Frame(Operation.BROADCAST.code(), length, NOTHING.duplicate()), deadline);
      }
      for (int done = 0; done == 0 || done < length; done += PART_VALUES) {
        int count = Math.min(PART_VALUES, length - done);
        if (rank == 0) {
          sendAll(frame(Operation.BROADCAST, length, values, done, count));
        } else {
          MemorySegment.copy(receive(0, Operation.BROADCAST, length, count), 0, values, 4L * done, 4L * count);
        }
      }
      for (int peer = 1; rank == 0 && peer < size; peer++) {
        receive(peer, Operation.BROADCAST, length, 0);
      }
      return 0;
    });
  }

  @Override
  public int minimum(int value) {
    return guarded(() -> {
      int[] least = {value};
      MemorySegment mine = MemorySegment.ofArray(least);
      if (rank == 0) {
        for (int peer = 1; peer < size; peer++) {
          least[0] = Math.min(least[0], receive(peer, Operation.MINIMUM, 1, 1).get(ValueLayout.JAVA_INT_UNALIGNED, 0));
        }
        sendAll(frame(Operation.MINIMUM, 1, mine, 0, 1));
        return least[0];
      }
      links.getFirst().send(frame(Operation.MINIMUM, 1, mine, 0, 1), deadline);
      return receive(0, Operation.MINIMUM, 1, 1).get(ValueLayout.JAVA_INT_UNALIGNED, 0);
    });
  }

  /** May be called by any thread: it also ends this rank's own wait. */
  @Override
  public void close() {
    links.forEach(PeerLink::close);
  }

  private int guarded(Supplier<Integer> call) {
    if (broken != null) {
      throw new CollectiveException("the group of rank " + rank + " is broken: " + broken);
    }
    try {
      return call.get();
    } catch (CollectiveException e) {
      String reason = String.valueOf(e.getMessage());
      broken = reason;
      links.forEach(link -> link.fail(reason));
      throw e;
    }
  }

  private void sendAll(Frame frame) {
    links.forEach(link -> link.send(frame, deadline));
  }

  private static Frame frame(Operation operation, int length, MemorySegment values, int done, int count) {
    ByteBuffer part = count == 0 ? NOTHING.duplicate() : bytes(values, 4L * done, 4 * count);
    return new Frame(operation.code(), length, part);
  }

  /** A copy: the transport may still hold it when the caller's buffer changes. */
  private static ByteBuffer bytes(MemorySegment values, long from, int bytes) {
    byte[] copy = new byte[bytes];
    MemorySegment.copy(values, ValueLayout.JAVA_BYTE, from, copy, 0, bytes);
    return ByteBuffer.wrap(copy).asReadOnlyBuffer();
  }

  private MemorySegment receive(int peer, Operation operation, int length, int count) {
    Frame frame = links.get(rank == 0 ? peer - 1 : 0).receive(deadline);
    check(peer, frame, operation, length);
    return values(peer, frame, count);
  }

  /** A {@code length} below 0 may differ between ranks. */
  private void check(int peer, Frame frame, Operation operation, int length) {
    if (frame.operation() != operation.code() || (length >= 0 ? frame.length() != length : frame.length() < 0)) {
      throw new CollectiveException(
          Operation.mismatch(rank, operation, length, peer, frame.operation(), frame.length()));
    }
  }

  private static MemorySegment values(int peer, Frame frame, int count) {
    if (frame.values().remaining() != 4 * count) {
      throw new CollectiveException("rank " + peer + " sent a part of " + frame.values().remaining()
          + " bytes where " + 4 * count + " belong");
    }
    return MemorySegment.ofBuffer(frame.values());
  }

  /** Rank 0's own values and what the others sent. */
  private record Parts(MemorySegment own, long at, List<MemorySegment> peers) implements Reducer.Source {
    @Override
    public MemorySegment segment(int rank) {
      return rank == 0 ? own : peers.get(rank - 1);
    }

    @Override
    public long offset(int rank) {
      return rank == 0 ? at : 0;
    }
  }
}
