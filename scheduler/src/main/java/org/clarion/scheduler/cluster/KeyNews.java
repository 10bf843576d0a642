package org.clarion.scheduler.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.MemberLeftException;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.cluster.seal.KeyRing;

/** Brings a ring to every member. Thread-safe. */
final class KeyNews {
  private final HazelcastInstance hazelcast;
  private final Calls calls;

  KeyNews(HazelcastInstance hazelcast, Calls calls) {
    this.hazelcast = hazelcast;
    this.calls = calls;
  }

  /** Waits, at most for the deadline, until every member that is there uses this ring or a later one. */
  void tell(TenantId tenant, KeyRing ring) {
    calls.blocking("telling all members of the keys of tenant " + tenant, () -> {
      Map<Member, Future<Boolean>> answers = hazelcast
          .getExecutorService(HazelcastSettings.NEWS).submitToAllMembers(new TellRing(tenant.value(), ring));
      answers.forEach((member, answer) -> await(member.getAddress().toString(), answer));
      return true;
    });
  }

  private static void await(String address, Future<Boolean> answer) {
    try {
      answer.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterUnavailableException("interrupted", e);
    } catch (ExecutionException e) {
      // Who has left took its keys along.
      if (!(e.getCause() instanceof MemberLeftException)) {
        throw new ClusterUnavailableException("the member at " + address + " may still use a destroyed key", e);
      }
    }
  }
}
