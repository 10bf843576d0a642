package org.clarion.llm.exec;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.CollectiveException;
import org.clarion.engine.collective.DeviceExchange;
import org.jspecify.annotations.Nullable;

/**
 * The collective of the replica's present opening. The decoder, which is loaded once, keeps this one; what is behind it
 * changes with every opening. {@link #form} and the calls belong to the executor's thread, {@link #abort} to any.
 */
public final class CurrentCollective implements Collective {
  private final RankGroup group;
  private final Object lock = new Object();
  private @Nullable Collective current;
  private @Nullable Thread forming;

  public CurrentCollective(RankGroup group) {
    this.group = group;
  }

  /**
   * Leaves the old group and waits for the new one.
   *
   * @param wanted
   *          false once the opening has been replaced; looked at before the wait, {@link #abort} ends it later
   */
  void form(String replica, long epoch, BooleanSupplier wanted) {
    synchronized (lock) {
      leave();
      if (!wanted.getAsBoolean()) {
        throw new CollectiveException("rank " + rank() + " was taken over before its group formed");
      }
      forming = Thread.currentThread();
    }
    Collective formed = null;
    try {
      formed = group.form(replica, epoch);
    } finally {
      synchronized (lock) {
        current = formed;
        forming = null;
        // An abort that came while forming may have left the flag; the next wait must not see it.
        var _ = Thread.interrupted();
      }
    }
  }

  /** Ends whatever the executor's thread waits for here; the group is gone until it is formed anew. */
  void abort() {
    synchronized (lock) {
      leave();
      if (forming != null) {
        forming.interrupt();
      }
    }
  }

  private void leave() {
    if (current != null) {
      current.close();
      current = null;
    }
  }

  private Collective current() {
    synchronized (lock) {
      if (current == null) {
        throw new CollectiveException("rank " + rank() + " is in no group");
      }
      return current;
    }
  }

  @Override
  public int rank() {
    return group.rank();
  }

  @Override
  public int size() {
    return group.size();
  }

  @Override
  public Optional<DeviceExchange> device() {
    return current().device();
  }

  @Override
  public void allReduce(FloatBuffer values) {
    current().allReduce(values);
  }

  @Override
  public void allReduce(IntBuffer values) {
    current().allReduce(values);
  }

  @Override
  public void allReduceMax(FloatBuffer values) {
    current().allReduceMax(values);
  }

  @Override
  public void gather(FloatBuffer mine, @Nullable FloatBuffer all) {
    current().gather(mine, all);
  }

  @Override
  public void broadcast(int[] values) {
    current().broadcast(values);
  }

  @Override
  public int minimum(int value) {
    return current().minimum(value);
  }

  @Override
  public void close() {
    abort();
  }
}
