package org.clarion.scheduler.cluster;

import com.hazelcast.map.EntryProcessor;
import java.util.Map;

/**
 * Raises a log's epoch; answers the log as it is then, whose epoch is higher than asked for when the claim is stale.
 */
record ClaimLog(long epoch) implements EntryProcessor<StoreKey, SealedLog, SealedLog> {
  @Override
  public SealedLog process(Map.Entry<StoreKey, SealedLog> entry) {
    SealedLog stored = entry.getValue() == null ? SealedLog.NONE : entry.getValue();
    if (epoch < stored.epoch()) {
      return stored;
    }
    SealedLog claimed = stored.claimed(epoch);
    entry.setValue(claimed);
    return claimed;
  }
}
