package org.clarion.scheduler.cluster;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.EntryAdapter;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.replicatedmap.ReplicatedMap;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.clarion.scheduler.api.Member;
import org.clarion.scheduler.api.MemberId;
import org.clarion.scheduler.api.Membership;

/**
 * Announcements in a replicated map, of which every member has a copy to read. An announcement counts only while the
 * Hazelcast member that made it is there. Listeners are called on Hazelcast's event thread.
 */
final class HazelcastMembership implements Membership, AutoCloseable {
  private final ReplicatedMap<String, Announcement> announcements;
  private final Cluster cluster;
  private final Calls calls;
  private final Set<MemberId> mine = ConcurrentHashMap.newKeySet();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  HazelcastMembership(ReplicatedMap<String, Announcement> announcements, Cluster cluster, Calls calls) {
    this.announcements = announcements;
    this.cluster = cluster;
    this.calls = calls;
    announcements.addEntryListener(new EntryAdapter<String, Announcement>() {
      @Override
      public void onEntryEvent(EntryEvent<String, Announcement> event) {
        changed();
      }
    });
    cluster.addMembershipListener(new MembershipListener() {
      @Override
      public void memberAdded(MembershipEvent event) {
        changed();
      }

      @Override
      public void memberRemoved(MembershipEvent event) {
        changed();
        forget(event.getMember().getUuid().toString());
      }
    });
  }

  @Override
  public void announce(Member member) {
    mine.add(member.id());
    Announcement announcement = Announcement.of(member, cluster.getLocalMember().getUuid().toString());
    calls.blocking("announcing a member", () -> {
      announcements.put(member.id().value(), announcement);
      return true;
    });
  }

  @Override
  public void withdraw(MemberId id) {
    mine.remove(id);
    calls.blocking("withdrawing a member", () -> announcements.remove(id.value()) != null);
  }

  @Override
  public List<Member> members() {
    Set<String> present = cluster.getMembers().stream().map(m -> m.getUuid().toString()).collect(Collectors.toSet());
    return announcements.entrySet().stream().filter(e -> present.contains(e.getValue().process()))
        .sorted(Map.Entry.comparingByKey(Comparator.naturalOrder())).map(e -> e.getValue().member(e.getKey())).toList();
  }

  @Override
  public Subscription listen(Listener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  private void changed() {
    if (!listeners.isEmpty()) {
      List<Member> now = members();
      listeners.forEach(listener -> listener.membersChanged(now));
    }
  }

  /** Every remaining member does this; the second one finds nothing. */
  private void forget(String process) {
    for (Map.Entry<String, Announcement> entry : announcements.entrySet()) {
      if (entry.getValue().process().equals(process)) {
        // The outcome does not matter: what is left is ignored, since its process is not there.
        calls.background(() -> announcements.remove(entry.getKey()));
      }
    }
  }

  /** Withdraws what this member announced. */
  @Override
  public void close() {
    Set.copyOf(mine).forEach(this::withdraw);
  }
}
