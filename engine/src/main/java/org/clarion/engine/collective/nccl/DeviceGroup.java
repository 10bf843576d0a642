package org.clarion.engine.collective.nccl;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.CollectiveException;
import org.clarion.engine.collective.DeviceExchange;

/**
 * An exchange by a group of the library, on the stream that libtorch computes on, with a deadline.
 *
 * <p>
 * <b>Streams.</b> Nobody gives the calling thread a stream of its own, so libtorch's kernels run on the device's
 * default stream, and these calls put theirs on it too: a sum starts when the kernels before it are done and ends
 * before those behind it start. No event and no wait of the host is needed in between. That holds for calls of the
 * thread that {@linkplain #join joined} alone, because "the default stream" means that of the thread's current device.
 *
 * <p>
 * One thread, {@link #close} any.
 */
public final class DeviceGroup implements DeviceExchange, AutoCloseable {
  /** libtorch's, as long as no other is set for the thread. */
  private static final long DEFAULT_STREAM = 0;
  private static final long SPIN_NANOS = 100_000;
  private static final long PAUSE_NANOS = 50_000;

  private final DeviceCollective collective;
  private final CudaRuntime runtime;
  private final Duration deadline;

  private DeviceGroup(DeviceCollective collective, CudaRuntime runtime, Duration deadline) {
    this.collective = collective;
    this.runtime = runtime;
    this.deadline = deadline;
  }

  /**
   * Forms the group of the ranks that a host's group has, each on a device of its own, and makes that device the
   * calling thread's current one. Rank 0's id travels through the host's group. The library itself knows no deadline
   * for meeting: ranks go there together, right after an exchange that has one.
   *
   * @param device
   *          number of this rank's CUDA device
   * @param deadline
   *          of {@link #await}
   * @throws CollectiveException
   *           when a rank has left or the library refuses
   */
  public static DeviceGroup join(NcclLibrary library, CudaRuntime runtime, Collective host, int device,
      Duration deadline) {
    runtime.setDevice(device);
    int[] id = new int[NcclLibrary.ID_BYTES];
    if (host.rank() == 0) {
      byte[] bytes = library.uniqueId();
      Arrays.setAll(id, i -> bytes[i]);
    }
    host.broadcast(id);
    byte[] bytes = new byte[id.length];
    for (int i = 0; i < id.length; i++) {
      bytes[i] = (byte) id[i];
    }
    return new DeviceGroup(library.join(bytes, host.rank(), host.size()), runtime, deadline);
  }

  @Override
  public void add(long address, long count) {
    collective.allReduce(new DeviceValues(address, count, DeviceValues.Type.FLOAT32), DEFAULT_STREAM);
  }

  @Override
  public void largest(long address, long count) {
    collective.allReduceMax(new DeviceValues(address, count, DeviceValues.Type.FLOAT32), DEFAULT_STREAM);
  }

  @Override
  public void await() {
    long start = System.nanoTime();
    while (!runtime.idle(DEFAULT_STREAM)) {
      try {
        collective.check();
      } catch (CollectiveException e) {
        collective.abort();
        throw e;
      }
      long waited = System.nanoTime() - start;
      if (waited > deadline.toNanos() || Thread.currentThread().isInterrupted()) {
        collective.abort();
        throw new CollectiveException("rank " + collective.rank() + " of " + collective.size() + " waited for its "
            + "device for " + Duration.ofNanos(waited) + ", allowed is " + deadline);
      }
      if (waited < SPIN_NANOS) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /** Leaves; what the device still waits for ends. Idempotent. */
  @Override
  public void close() {
    collective.abort();
  }
}
