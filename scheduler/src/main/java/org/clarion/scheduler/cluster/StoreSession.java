package org.clarion.scheduler.cluster;

import com.hazelcast.map.EntryProcessor;
import java.util.Map;

/**
 * Stores a session if the version before it is there; answers the name of an {@code Update}. Hazelcast may run it twice
 * when a member is lost: the second run finds its own value and says done.
 */
record StoreSession(SealedSession next) implements EntryProcessor<StoreKey, SealedSession, String> {
  static final String DONE = "DONE";
  static final String CONFLICT = "CONFLICT";
  static final String ABSENT = "ABSENT";

  @Override
  public String process(Map.Entry<StoreKey, SealedSession> entry) {
    SealedSession stored = entry.getValue();
    boolean first = next.version() == 1;
    if (stored == null && !first) {
      return ABSENT;
    }
    if (stored == null || stored.version() == next.version() - 1) {
      // Takes the map's own idle limit, which is the one that sessions have.
      entry.setValue(next);
      return DONE;
    }
    return stored.sameAs(next) ? DONE : CONFLICT;
  }
}
