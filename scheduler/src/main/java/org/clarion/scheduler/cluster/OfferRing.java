package org.clarion.scheduler.cluster;

import com.hazelcast.map.EntryProcessor;
import java.util.Map;
import org.clarion.scheduler.cluster.seal.KeyRing;

/** Stores a key ring if there is none, or one that it supersedes; answers what is there then. Harmless to repeat. */
record OfferRing(KeyRing ring) implements EntryProcessor<String, KeyRing, KeyRing> {
  @Override
  public KeyRing process(Map.Entry<String, KeyRing> entry) {
    KeyRing stored = entry.getValue();
    if (stored == null || ring.supersedes(stored)) {
      entry.setValue(ring);
      return ring;
    }
    return stored;
  }
}
