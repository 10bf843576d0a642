package org.clarion.scheduler.rpc;

import java.util.HashMap;
import java.util.Map;
import org.clarion.scheduler.api.ReplicaId;

/**
 * Since when other replicas are owned and do not serve, as far as somebody asked: what was not asked for a while is
 * forgotten, since they may have served in between. Thread-safe.
 */
final class Absences {
  private record Absence(long first, long last) {}

  private final long limit;
  private final Map<ReplicaId, Absence> seen = new HashMap<>();

  /**
   * None seen yet.
   *
   * @param limit
   *          ns; also the longest pause between two askings
   */
  Absences(long limit) {
    this.limit = limit;
  }

  /** Whether the replica has been away for the limit at least. */
  synchronized boolean overdue(ReplicaId replica, boolean serves, long now) {
    if (serves) {
      seen.remove(replica);
      return false;
    }
    Absence before = seen.get(replica);
    Absence absence = new Absence(before == null || now - before.last > limit ? now : before.first, now);
    seen.put(replica, absence);
    return now - absence.first >= limit;
  }
}
