package org.clarion.engine.collective.nccl;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Optional;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.DeviceExchange;
import org.jspecify.annotations.Nullable;

/**
 * A host's group whose ranks also reach each other between their devices.
 *
 * @param host
 *          carries what lies in the host's memory
 * @param group
 *          carries the rest
 */
public record DeviceBackedCollective(Collective host, DeviceGroup group) implements Collective {
  @Override
  public Optional<DeviceExchange> device() {
    return Optional.of(group);
  }

  @Override
  public int rank() {
    return host.rank();
  }

  @Override
  public int size() {
    return host.size();
  }

  @Override
  public void allReduce(FloatBuffer values) {
    host.allReduce(values);
  }

  @Override
  public void allReduce(IntBuffer values) {
    host.allReduce(values);
  }

  @Override
  public void allReduceMax(FloatBuffer values) {
    host.allReduceMax(values);
  }

  @Override
  public void gather(FloatBuffer mine, @Nullable FloatBuffer all) {
    host.gather(mine, all);
  }

  @Override
  public void broadcast(int[] values) {
    host.broadcast(values);
  }

  @Override
  public int minimum(int value) {
    return host.minimum(value);
  }

  /** Leaves both groups: first the one whose calls would otherwise wait. */
  @Override
  public void close() {
    try {
      group.close();
    } finally {
      host.close();
    }
  }
}
