package org.clarion.scheduler.cluster;

import com.hazelcast.map.EntryProcessor;
import java.util.Map;

/**
 * Changes a lease by {@link LeaseRule} and answers it as it is then. The time is the caller's, so that backups, which
 * run it too, come to the same result.
 *
 * @param heldEpoch
 *          of the lease to renew or release
 */
record ChangeLease(Change change, String owner, long heldEpoch, long now,
    long duration) implements EntryProcessor<String, StoredLease, StoredLease> {
  /** What to do. */
  enum Change {
    ACQUIRE, RENEW, RELEASE
  }

  @Override
  public StoredLease process(Map.Entry<String, StoredLease> entry) {
    StoredLease stored = entry.getValue() == null ? StoredLease.NONE : entry.getValue();
    StoredLease next = new StoredLease(switch (change) {
      case ACQUIRE -> stored.state().acquire(owner, now, duration);
      case RENEW -> stored.state().renew(owner, heldEpoch, now, duration);
      case RELEASE -> stored.state().release(owner, heldEpoch);
    });
    if (!next.equals(stored)) {
      entry.setValue(next);
    }
    return next;
  }
}
