package org.clarion.scheduler.cluster.memory;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.clarion.scheduler.api.Member;
import org.clarion.scheduler.api.MemberId;
import org.clarion.scheduler.api.Membership;

/** The announcements of all members of the process. Thread-safe; listeners are called by the changing thread. */
final class MemberBoard {
  private final Map<MemberId, Member> announced = new ConcurrentHashMap<>();
  private final List<Membership.Listener> listeners = new CopyOnWriteArrayList<>();

  /** A member's view; what it announced is withdrawn when it closes. */
  View view() {
    return new View();
  }

  private List<Member> sorted() {
    return announced.values().stream().sorted(Comparator.comparing((Member m) -> m.id().value())).toList();
  }

  private void changed() {
    List<Member> now = sorted();
    listeners.forEach(listener -> listener.membersChanged(now));
  }

  final class View implements Membership, AutoCloseable {
    private final Set<MemberId> mine = new HashSet<>();

    @Override
    public void announce(Member member) {
      synchronized (mine) {
        mine.add(member.id());
      }
      announced.put(member.id(), member);
      changed();
    }

    @Override
    public void withdraw(MemberId id) {
      synchronized (mine) {
        mine.remove(id);
      }
      if (announced.remove(id) != null) {
        changed();
      }
    }

    @Override
    public List<Member> members() {
      return sorted();
    }

    @Override
    public Subscription listen(Listener listener) {
      listeners.add(listener);
      return () -> listeners.remove(listener);
    }

    @Override
    public void close() {
      List<MemberId> left;
      synchronized (mine) {
        left = List.copyOf(mine);
      }
      left.forEach(this::withdraw);
    }
  }
}
