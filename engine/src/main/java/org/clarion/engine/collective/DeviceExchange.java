package org.clarion.engine.collective;

/**
 * How a rank's values that lie in its device's memory, float32, reach the other ranks without visiting the host. Calls
 * return when the work has been queued behind what the device computes for this thread, and what it computes next waits
 * for it. All ranks make the same calls in the same order. One thread.
 */
public interface DeviceExchange {
  /**
   * Replaces the values by their sums over all ranks. Every rank has the same bits, but they need not be those of the
   * host's collectives.
   *
   * @param address
   *          where they lie in the device's memory
   * @param count
   *          how many there are
   */
  void add(long address, long count);

  /** Replaces the values by the largest of all ranks. */
  void largest(long address, long count);

  /**
   * Waits until the device has done all that was queued.
   *
   * @throws CollectiveException
   *           when it does not within the group's deadline, or a rank has failed; the group is given up then
   */
  void await();
}
