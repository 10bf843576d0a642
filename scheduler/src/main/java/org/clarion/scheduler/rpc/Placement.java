package org.clarion.scheduler.rpc;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.clarion.scheduler.api.Member;
import org.clarion.scheduler.api.Membership;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.core.Router;

/**
 * Which replica of the model takes a generation, as any scheduler says alike from what the owners announced. A session
 * has its home by rendezvous hashing, where its keys, values and embeddings lie; it goes elsewhere while its home has
 * so much more to do that the router's slack is exceeded. Thread-safe; never waits.
 */
final class Placement {
  private final String model;
  private final Membership membership;
  private final Router router;

  Placement(String model, Membership membership, Router router) {
    this.model = model;
    this.membership = membership;
    this.router = router;
  }

  /**
   * The owner of the replica that takes a generation; empty when no replica of the model has an offer.
   *
   * @param prompt
   *          positions that the request brings
   */
  Optional<Member> choose(SessionKey session, int prompt) {
    Map<ReplicaId, Member> owners = serving();
    List<Member> all = List.copyOf(owners.values());
    Optional<ReplicaId> home = Router.home(session, List.copyOf(owners.keySet()));
    List<Router.Candidate> candidates = new ArrayList<>();
    owners.forEach((replica, owner) -> {
      Member.Offer offer = owner.offer().orElseThrow();
      boolean own = home.filter(replica::equals).isPresent();
      candidates.add(new Router.Candidate(replica, true, own, prompt, offer.active(), offer.queued(), own));
    });
    return router.choose(session, candidates).map(all::get);
  }

  /** The least busy owner of another replica of the model that serves; empty when there is none. */
  Optional<Member> besides(ReplicaId replica) {
    return serving().values().stream().filter(member -> member.replica().filter(replica::equals).isEmpty())
        .min(Comparator.comparingInt(member -> member.offer().orElseThrow().active()));
  }

  /** Whether the replica serves, as far as is known here. */
  boolean serves(ReplicaId replica) {
    return serving().containsKey(replica);
  }

  /** Owners of the model's replicas that have an offer, by replica. */
  private Map<ReplicaId, Member> serving() {
    Map<ReplicaId, Member> owners = new TreeMap<>(Comparator.comparing(ReplicaId::value));
    for (Member member : membership.members()) {
      if (member.offer().filter(offer -> offer.model().equals(model)).isPresent()) {
        member.replica().ifPresent(replica -> owners.merge(replica, member,
            (one, other) -> one.epoch() >= other.epoch() ? one : other));
      }
    }
    return owners;
  }
}
