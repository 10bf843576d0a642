package org.clarion.scheduler.cluster;

import com.hazelcast.map.EntryProcessor;
import java.util.Map;
import org.clarion.scheduler.api.TokenLog;
import org.jspecify.annotations.Nullable;

/**
 * Appends a step's segments, each to its generation's log if it fits. Runs alike on the backups: the outcome depends on
 * the stored log alone. Run twice, it finds its own tokens there and asks to compare.
 */
record AppendTokens(long epoch,
    Map<StoreKey, Part> parts) implements EntryProcessor<StoreKey, SealedLog, AppendTokens.Answer> {
  /** One generation's share. */
  record Part(SealedLog.Segment segment, TokenLog.@Nullable Ending ending) {}

  /** What was done with an entry, beside the log's epoch and length before. */
  record Answer(LogRule.Verdict verdict, long epoch, int length) {}

  @Override
  public Answer process(Map.Entry<StoreKey, SealedLog> entry) {
    Part part = parts.get(entry.getKey());
    if (part == null) {
      throw new IllegalArgumentException("no part of the batch belongs to the entry that it was sent to");
    }
    SealedLog stored = entry.getValue() == null ? SealedLog.NONE : entry.getValue();
    LogRule.State state = stored.state();
    SealedLog.Segment segment = part.segment;
    LogRule.Verdict verdict = state.judge(epoch, segment.firstIndex(), segment.count(), part.ending != null);
    if (verdict == LogRule.Verdict.APPEND) {
      entry.setValue(stored.append(epoch, segment, part.ending));
    }
    return new Answer(verdict, state.epoch(), state.length());
  }
}
