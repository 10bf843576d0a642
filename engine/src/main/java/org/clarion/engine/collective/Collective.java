package org.clarion.engine.collective;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One rank's end of a tensor-parallel group. All ranks make the same calls in the same order with the same sizes.
 *
 * <p>
 * Each end is used by one thread at a time. Buffers are used from their position to their limit, which stay as they
 * are; they may be direct or not. Direct ones in the machine's byte order are the fast case, and may not be read-only.
 *
 * <p>
 * Every call throws {@link CollectiveException} when a peer does not take part within the group's deadline, has left,
 * or made another call; afterwards every call does.
 */
public interface Collective extends AutoCloseable {
  /** This end's number, 0 to {@code size() - 1}. */
  int rank();

  /** Number of ranks. */
  int size();

  /** Replaces each value by its sum over all ranks, added in rank order so that every rank has the same bits. */
  void allReduce(FloatBuffer values);

  /** Replaces each value by its sum over all ranks; the sum wraps, so its order does not matter. */
  void allReduce(IntBuffer values);

  /** Replaces each value by the largest of all ranks, as {@link Math#max(float, float)} has it: NaN wins. */
  void allReduceMax(FloatBuffer values);

  /**
   * Concatenates every rank's values in rank order at rank 0. Ranks may give different amounts.
   *
   * @param mine
   *          this rank's values
   * @param all
   *          on rank 0 the destination, with room for exactly all values; null on the other ranks
   */
  void gather(FloatBuffer mine, @Nullable FloatBuffer all);

  /** Overwrites {@code values} with those of rank 0; the length is the same everywhere. */
  void broadcast(int[] values);

  /** The smallest {@code value} of all ranks: an agreement, for example of whether all are ready. */
  int minimum(int value);

  /** How values that lie in the rank's device reach the others without visiting the host, where they can. */
  default Optional<DeviceExchange> device() {
    return Optional.empty();
  }

  /** Leaves the group; peers that wait for this rank fail at once. Idempotent. */
  @Override
  void close();
}
