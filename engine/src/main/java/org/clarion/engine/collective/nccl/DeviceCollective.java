package org.clarion.engine.collective.nccl;

/**
 * One rank's end of a group whose values lie in device memory and never visit the host. It stands beside
 * {@link org.clarion.engine.collective.Collective}, which carries what the host decides (gathered logits, sampled ids,
 * agreements): a rank on a GPU has one of each.
 *
 * <p>
 * Calls only put work on a CUDA stream; {@code stream} is a {@code cudaStream_t}, 0 for the default one. All ranks make
 * the same calls in the same order. The library knows no deadline: whoever waits for the stream looks at {@link #check}
 * meanwhile, and at its deadline calls {@link #abort}, which ends the waiting kernels. One thread, {@link #abort} any.
 *
 * <p>
 * Sums of floats are added in the library's order: every rank has the same bits, but they need not be those of the host
 * collectives.
 */
public interface DeviceCollective extends AutoCloseable {
  /** This end's number. */
  int rank();

  /** Number of ranks. */
  int size();

  /** Replaces the values by their sums over all ranks. */
  void allReduce(DeviceValues values, long stream);

  /** Replaces the values by the largest of all ranks. */
  void allReduceMax(DeviceValues values, long stream);

  /** Overwrites the values with those of rank 0. */
  void broadcast(DeviceValues values, long stream);

  /**
   * Looks whether work that was put on a stream has failed.
   *
   * @throws org.clarion.engine.collective.CollectiveException
   *           when it has, with the library's words
   */
  void check();

  /** Gives the group up: kernels that wait for a peer end, the end cannot be used again. Idempotent. */
  void abort();

  /** Frees the group's resources; every stream's work has to be done. Idempotent. */
  @Override
  void close();
}
