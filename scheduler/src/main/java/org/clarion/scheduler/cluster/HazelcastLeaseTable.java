package org.clarion.scheduler.cluster;

import com.hazelcast.map.IMap;
import java.util.Optional;
import org.clarion.scheduler.api.Lease;
import org.clarion.scheduler.api.LeaseTable;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.cluster.ChangeLease.Change;
import org.jspecify.annotations.Nullable;

/** Leases in a Hazelcast map without expiry: an entry processor decides on the partition's thread, one at a time. */
final class HazelcastLeaseTable implements LeaseTable {
  private final IMap<String, StoredLease> map;
  private final Calls calls;

  HazelcastLeaseTable(IMap<String, StoredLease> map, Calls calls) {
    this.map = map;
    this.calls = calls;
  }

  @Override
  public Answer acquire(ReplicaId replica, OwnerId owner, long leastEpoch, @Nullable Lease overdue) {
    LeaseRule.State state = change(replica, "acquiring",
        new ChangeLease(Change.ACQUIRE, owner.value(), overdue == null ? 0 : overdue.epoch(),
            overdue == null ? LeaseRule.NO_BEAT : overdue.beat(), leastEpoch));
    return answer(replica, state, state.owner().equals(owner.value()));
  }

  @Override
  public Answer renew(Lease lease) {
    String owner = lease.owner().value();
    LeaseRule.State state = change(lease.replica(), "renewing",
        new ChangeLease(Change.RENEW, owner, lease.epoch(), LeaseRule.NO_BEAT, 0));
    return answer(lease.replica(), state, state.isHeld(owner, lease.epoch()));
  }

  @Override
  public void release(Lease lease) {
    change(lease.replica(), "releasing",
        new ChangeLease(Change.RELEASE, lease.owner().value(), lease.epoch(), LeaseRule.NO_BEAT, 0));
  }

  @Override
  public Optional<Lease> find(ReplicaId replica) {
    StoredLease stored = calls.make("reading the lease of " + replica, () -> map.getAsync(replica.value()));
    return stored == null ? Optional.empty() : lease(replica, stored.state());
  }

  private LeaseRule.State change(ReplicaId replica, String doing, ChangeLease change) {
    return calls.make(doing + " the lease of " + replica, () -> map.submitToKey(replica.value(), change)).state();
  }

  private static Answer answer(ReplicaId replica, LeaseRule.State state, boolean granted) {
    Optional<Lease> lease = lease(replica, state);
    return granted ? new Answer.Granted(lease.orElseThrow()) : new Answer.Refused(lease);
  }

  private static Optional<Lease> lease(ReplicaId replica, LeaseRule.State state) {
    return state.owner().isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Lease(replica, new OwnerId(state.owner()), state.epoch(), state.beat()));
  }
}
