package org.clarion.scheduler.cluster;

import java.util.Optional;
import org.clarion.scheduler.api.Member;
import org.clarion.scheduler.api.MemberId;
import org.clarion.scheduler.api.ReplicaId;

/**
 * A member's announcement as it is stored.
 *
 * @param process
 *          the Hazelcast member that made it: without that one it counts no more
 * @param replica
 *          empty for none
 */
record Announcement(String process, String role, String endpoint, String replica, long epoch) {
  static Announcement of(Member member, String process) {
    return new Announcement(process, member.role().name(), member.endpoint(),
        member.replica().map(ReplicaId::value).orElse(""), member.epoch());
  }

  Member member(String id) {
    Optional<ReplicaId> owned = replica.isEmpty() ? Optional.empty() : Optional.of(new ReplicaId(replica));
    return new Member(new MemberId(id), Member.Role.valueOf(role), endpoint, owned, epoch);
  }
}
