package org.clarion.scheduler.api;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who owns which replica. A lease is an optimisation, not a proof: in a network split two owners can exist until the
 * split is detected, and it is the epoch, checked by ranks and token log, that keeps an old owner from doing harm.
 * <p>
 * The table knows no time, so that no two clocks are ever compared: who waits for a lease watches it by a monotonic
 * clock of its own, and names the lease that it saw stand still. Every method blocks for at most the table's deadline
 * and throws {@link ClusterUnavailableException} past it: call from a virtual thread. Thread-safe.
 */
public interface LeaseTable {
  /**
   * Grants a lease of a new epoch when the replica is free, the owner asks again, or the lease in force is still the
   * one that is overdue.
   *
   * @param leastEpoch
   *          the epoch is not below
   * @param overdue
   *          a lease that was not renewed for its duration; null when there is none
   */
  Answer acquire(ReplicaId replica, OwnerId owner, long leastEpoch, @Nullable Lease overdue);

  /** Prolongs the lease, same epoch, also when it is overdue and nobody took it. */
  Answer renew(Lease lease);

  /** Frees the replica at once if the lease is still the newest; the epoch stays remembered. */
  void release(Lease lease);

  /** The newest lease, overdue or not; empty after a release or before the first lease. */
  Optional<Lease> find(ReplicaId replica);

  /** What came of asking for a lease. */
  sealed interface Answer {
    record Granted(Lease lease) implements Answer {}

    /** Someone else's lease is in force; empty when a renewed lease was released meanwhile. */
    record Refused(Optional<Lease> holder) implements Answer {}
  }
}
