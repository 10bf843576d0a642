package org.clarion.engine.collective;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The group of one: every sum is its only term. */
final class SingleRank extends HostCollective {
  private volatile boolean closed;

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public int size() {
    return 1;
  }

  @Override
  void allReduce(Operation operation, MemorySegment values) {
    checkOpen();
  }

  @Override
  void gather(MemorySegment mine, @Nullable MemorySegment all) {
    checkOpen();
    if (all == null || count(all) != count(mine)) {
      throw new IllegalArgumentException(tooSmall(all == null ? 0 : count(all), count(mine)));
    }
    all.copyFrom(mine);
  }

  @Override
  void broadcast(MemorySegment values) {
    checkOpen();
  }

  @Override
  public int minimum(int value) {
    checkOpen();
    return value;
  }

  @Override
  public void close() {
    closed = true;
  }

  private void checkOpen() {
    if (closed) {
      throw new CollectiveException("rank 0 of 1 has left the group");
    }
  }
}
