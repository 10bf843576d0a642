package org.clarion.scheduler.cluster.memory;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.clarion.scheduler.api.Lease;
import org.clarion.scheduler.api.LeaseTable;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.cluster.LeaseRule;
import org.jspecify.annotations.Nullable;

/** Leases in a map. Thread-safe; never blocks for long. */
final class MemoryLeaseTable implements LeaseTable {
  private final Map<ReplicaId, LeaseRule.State> leases = new HashMap<>();

  @Override
  public synchronized Answer acquire(ReplicaId replica, OwnerId owner, long leastEpoch, @Nullable Lease overdue) {
    LeaseRule.State state = state(replica).acquire(owner.value(), leastEpoch, overdue == null ? 0 : overdue.epoch(),
        overdue == null ? LeaseRule.NO_BEAT : overdue.beat());
    leases.put(replica, state);
    return state.owner().equals(owner.value())
        ? new Answer.Granted(lease(replica, state))
        : new Answer.Refused(find(replica));
  }

  @Override
  public synchronized Answer renew(Lease lease) {
    ReplicaId replica = lease.replica();
    String owner = lease.owner().value();
    LeaseRule.State state = state(replica).renew(owner, lease.epoch());
    leases.put(replica, state);
    return state.isHeld(owner, lease.epoch())
        ? new Answer.Granted(lease(replica, state))
        : new Answer.Refused(find(replica));
  }

  @Override
  public synchronized void release(Lease lease) {
    leases.put(lease.replica(), state(lease.replica()).release(lease.owner().value(), lease.epoch()));
  }

  @Override
  public synchronized Optional<Lease> find(ReplicaId replica) {
    LeaseRule.State state = state(replica);
    return state.owner().isEmpty() ? Optional.empty() : Optional.of(lease(replica, state));
  }

  private LeaseRule.State state(ReplicaId replica) {
    return leases.getOrDefault(replica, LeaseRule.State.NONE);
  }

  private static Lease lease(ReplicaId replica, LeaseRule.State state) {
    return new Lease(replica, new OwnerId(state.owner()), state.epoch(), state.beat());
  }
}
