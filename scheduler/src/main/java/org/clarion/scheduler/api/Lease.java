package org.clarion.scheduler.api;

import java.time.Instant;

/**
 * The right to drive a replica until an instant.
 *
 * @param epoch
 *          fencing token: greater than that of every lease on the replica before
 * @param until
 *          to the millisecond
 */
public record Lease(ReplicaId replica, OwnerId owner, long epoch, Instant until) {
  /** Whether the lease has not run out. */
  public boolean heldAt(Instant now) {
    return now.isBefore(until);
  }
}
