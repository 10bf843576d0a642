package org.clarion.engine.collective;

import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.jspecify.annotations.Nullable;

/** What collectives over host memory share: buffers of any kind become segments in the machine's byte order. */
abstract class HostCollective implements Collective {
  @Override
  public final void allReduce(FloatBuffer values) {
    HostBuffers.change(values, segment -> allReduce(Operation.ALL_REDUCE, segment));
  }

  @Override
  public final void allReduce(IntBuffer values) {
    HostBuffers.change(values, segment -> allReduce(Operation.ALL_REDUCE_INTS, segment));
  }

  @Override
  public final void allReduceMax(FloatBuffer values) {
    HostBuffers.change(values, segment -> allReduce(Operation.ALL_REDUCE_MAX, segment));
  }

  @Override
  public final void gather(FloatBuffer mine, @Nullable FloatBuffer all) {
    if ((rank() == 0) != (all != null)) {
      throw new IllegalArgumentException("rank 0 and no other rank needs a destination, rank " + rank()
          + (all == null ? " has none" : " has one"));
    }
    MemorySegment values = HostBuffers.of(mine);
    if (all == null) {
      gather(values, (MemorySegment) null);
    } else {
      HostBuffers.change(all, destination -> gather(values, destination));
    }
  }

  @Override
  public final void broadcast(int[] values) {
    broadcast(MemorySegment.ofArray(values));
  }

  /** One of the three calls that reduce; values of four bytes each. */
  abstract void allReduce(Operation operation, MemorySegment values);

  abstract void gather(MemorySegment mine, @Nullable MemorySegment all);

  /** Overwrites values of four bytes each with those of rank 0. */
  abstract void broadcast(MemorySegment values);

  /** Values of four bytes that a segment holds. */
  static int count(MemorySegment values) {
    return Math.toIntExact(values.byteSize() / 4);
  }

  static String tooSmall(long room, long given) {
    return "the destination has room for " + room + " values, the group gives " + given;
  }
}
