package org.clarion.scheduler.cluster;

import java.util.Optional;
import org.clarion.scheduler.api.Member;
import org.clarion.scheduler.api.Member.Offer;
import org.clarion.scheduler.api.MemberId;
import org.clarion.scheduler.api.ReplicaId;

/**
 * A member's announcement as it is stored.
 *
 * @param process
 *          the Hazelcast member that made it: without that one it counts no more
 * @param replica
 *          empty for none
 * @param model
 *          empty for no offer; then the numbers after it are 0
 */
record Announcement(String process, String role, String endpoint, String replica, long epoch, String model, int active,
    long queued) {
  static Announcement of(Member member, String process) {
    return new Announcement(process, member.role().name(), member.endpoint(),
        member.replica().map(ReplicaId::value).orElse(""), member.epoch(), member.offer().map(Offer::model).orElse(""),
        member.offer().map(Offer::active).orElse(0), member.offer().map(Offer::queued).orElse(0L));
  }

  Member member(String id) {
    Optional<ReplicaId> owned = replica.isEmpty() ? Optional.empty() : Optional.of(new ReplicaId(replica));
    return new Member(new MemberId(id), Member.Role.valueOf(role), endpoint, owned, epoch,
        model.isEmpty() ? Optional.empty() : Optional.of(new Offer(model, active, queued)));
  }
}
