package org.clarion.scheduler.api;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Who owns which replica. A lease is an optimisation, not a proof: in a network split two owners can exist until the
 * split is detected, and it is the epoch, checked by ranks and token log, that keeps an old owner from doing harm.
 * <p>
 * Time comes from the caller; clocks of schedulers must agree to well within a lease's duration. Every method blocks
 * for at most the table's deadline and throws {@link ClusterUnavailableException} past it: call from a virtual thread.
 * Thread-safe.
 */
public interface LeaseTable {
  /** Grants a lease of a new epoch when the replica is free, its lease has run out, or the owner asks again. */
  Answer acquire(ReplicaId replica, OwnerId owner, Instant now, Duration duration);

  /** Prolongs the lease, same epoch, also when it has run out and nobody took it. */
  Answer renew(Lease lease, Instant now, Duration duration);

  /** Frees the replica at once if the lease is still the newest; the epoch stays remembered. */
  void release(Lease lease);

  /** The newest lease, run out or not; empty after a release or before the first lease. */
  Optional<Lease> find(ReplicaId replica);

  /** What came of asking for a lease. */
  sealed interface Answer {
    record Granted(Lease lease) implements Answer {}

    /** Someone else's lease is in force; empty when a renewed lease was released meanwhile. */
    record Refused(Optional<Lease> holder) implements Answer {}
  }
}
