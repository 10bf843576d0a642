package org.clarion.engine.bench;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Optional;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.DeviceExchange;
import org.jspecify.annotations.Nullable;

/** Counts the time in another collective, waiting for peers included. Used by one thread, as the other is. */
final class TimedCollective implements Collective {
  private final Collective inner;
  private long nanos;

  TimedCollective(Collective inner) {
    this.inner = inner;
  }

  /** Nanoseconds in calls so far. */
  long nanos() {
    return nanos;
  }

  @Override
  public int rank() {
    return inner.rank();
  }

  @Override
  public int size() {
    return inner.size();
  }

  /** Its time is not counted here: calls only queue. */
  @Override
  public Optional<DeviceExchange> device() {
    return inner.device();
  }

  @Override
  public void allReduce(FloatBuffer values) {
    timed(() -> inner.allReduce(values));
  }

  @Override
  public void allReduce(IntBuffer values) {
    timed(() -> inner.allReduce(values));
  }

  @Override
  public void allReduceMax(FloatBuffer values) {
    timed(() -> inner.allReduceMax(values));
  }

  @Override
  public void gather(FloatBuffer mine, @Nullable FloatBuffer all) {
    timed(() -> inner.gather(mine, all));
  }

  @Override
  public void broadcast(int[] values) {
    timed(() -> inner.broadcast(values));
  }

  @Override
  public int minimum(int value) {
    long start = System.nanoTime();
    try {
      return inner.minimum(value);
    } finally {
      nanos += System.nanoTime() - start;
    }
  }

  /** The other one is closed by whoever made it. */
  @Override
  public void close() {}

  private void timed(Runnable call) {
    long start = System.nanoTime();
    try {
      call.run();
    } finally {
      nanos += System.nanoTime() - start;
    }
  }
}
