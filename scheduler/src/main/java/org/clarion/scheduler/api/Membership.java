package org.clarion.scheduler.api;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The members that announced themselves. Every view is local and at once, and follows the others within moments: it
 * routes requests, it does not decide ownership. A member whose process dies is withdrawn by the rest. Thread-safe.
 */
public interface Membership {
  /** Adds this process's member, or replaces what it said before under the same id. */
  void announce(Member member);

  /** Takes back an announcement; harmless when there is none. */
  void withdraw(MemberId id);

  /** Members known here, ordered by id. */
  List<Member> members();

  /** The endpoint of the member that owns the replica; of two that claim it, the one with the higher epoch. */
  default Optional<String> ownerOf(ReplicaId replica) {
    return members().stream().filter(m -> m.replica().filter(replica::equals).isPresent())
        .max(Comparator.comparingLong(Member::epoch)).map(Member::endpoint);
  }

  /**
   * Calls the listener after each change, on a thread of the implementation, with the whole list; it must return at
   * once. Changes in quick succession may come as one call.
   *
   * @return closing it stops the calls
   */
  Subscription listen(Listener listener);

  /** Told of the members after a change. */
  @FunctionalInterface
  interface Listener {
    void membersChanged(List<Member> members);
  }

  /** A listener's registration. */
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }
}
