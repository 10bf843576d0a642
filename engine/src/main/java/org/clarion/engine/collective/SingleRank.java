package org.clarion.engine.collective;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.jspecify.annotations.Nullable;

/** The group of one: every sum is its only term. */
final class SingleRank implements Collective {
  private boolean closed;

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public int size() {
    return 1;
  }

  @Override
  public void allReduce(FloatBuffer values) {
    checkOpen();
  }

  @Override
  public void allReduce(IntBuffer values) {
    checkOpen();
  }

  @Override
  public void allReduceMax(FloatBuffer values) {
    checkOpen();
  }

  @Override
  public void gather(FloatBuffer mine, @Nullable FloatBuffer all) {
    checkOpen();
    if (all == null) {
      throw new IllegalArgumentException("rank 0 gathers and needs a destination");
    }
    if (all.remaining() != mine.remaining()) {
      throw new IllegalArgumentException(
          "the destination has room for " + all.remaining() + " values, the group gives " + mine.remaining());
    }
    all.duplicate().put(mine.duplicate());
  }

  @Override
  public void broadcast(int[] values) {
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
