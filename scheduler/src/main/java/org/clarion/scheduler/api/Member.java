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
 */
public record Member(MemberId id, Role role, String endpoint, Optional<ReplicaId> replica, long epoch) {
  /** What a member does. */
  public enum Role {
    GATEWAY, SCHEDULER, VISION_WORKER, LLM_WORKER
  }
}
