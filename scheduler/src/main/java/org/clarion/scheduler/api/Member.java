package org.clarion.scheduler.api;

import java.util.Optional;

/**
 * What a member tells the others of itself.
 *
 * @param endpoint
 *          host:port of its gRPC services
 * @param replica
 *          the replica it owns, if any
 * @param epoch
 *          of its lease on that replica, else 0
 * @param offer
 *          what it has for further generations; empty as long as its replica does not serve
 */
public record Member(MemberId id, Role role, String endpoint, Optional<ReplicaId> replica, long epoch,
    Optional<Offer> offer) {
  /** One that has nothing to offer. */
  public Member(MemberId id, Role role, String endpoint, Optional<ReplicaId> replica, long epoch) {
    this(id, role, endpoint, replica, epoch, Optional.empty());
  }

  /**
   * A replica that serves.
   *
   * @param active
   *          answers under way
   * @param queued
   *          prompt positions that wait to be computed
   */
  public record Offer(String model, int active, long queued) {}

  /** What a member does. */
  public enum Role {
    GATEWAY, SCHEDULER, VISION_WORKER, LLM_WORKER
  }
}
