package org.clarion.scheduler.api;

/**
 * The right to drive a replica for as long as it is prolonged.
 *
 * @param epoch
 *          fencing token: greater than that of every lease on the replica before
 * @param beat
 *          greater after every renewal: whoever sees it stand still for a lease's duration may take the replica
 */
public record Lease(ReplicaId replica, OwnerId owner, long epoch, long beat) {
  /** Whether this is the very lease, not renewed in between. */
  public boolean unchanged(Lease before) {
    return epoch == before.epoch && beat == before.beat;
  }
}
