package org.clarion.scheduler.cluster;

import com.hazelcast.map.EntryProcessor;
import java.util.Map;

/**
 * Changes a lease by {@link LeaseRule} and answers it as it is then. It looks at no clock, so that backups, which run
 * it too, come to the same result.
 *
 * @param epoch
 *          of the lease to renew or release, or of the one that is overdue
 * @param beat
 *          of the one that is overdue
 * @param leastEpoch
 *          of a lease to acquire
 */
record ChangeLease(Change change, String owner, long epoch, long beat,
    long leastEpoch) implements EntryProcessor<String, StoredLease, StoredLease> {
  /** What to do. */
  enum Change {
    ACQUIRE, RENEW, RELEASE
  }

  @Override
  public StoredLease process(Map.Entry<String, StoredLease> entry) {
    StoredLease stored = entry.getValue() == null ? StoredLease.NONE : entry.getValue();
    StoredLease next = new StoredLease(switch (change) {
      case ACQUIRE -> stored.state().acquire(owner, leastEpoch, epoch, beat);
      case RENEW -> stored.state().renew(owner, epoch);
      case RELEASE -> stored.state().release(owner, epoch);
    });
    if (!next.equals(stored)) {
      entry.setValue(next);
    }
    return next;
  }
}
