package org.clarion.scheduler.cluster;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.TokenLog;
import org.jspecify.annotations.Nullable;

/** Whether an entry fits a generation's log: the one rule that every {@code TokenLog} applies. Pure. */
public final class LogRule {
  private LogRule() {}

  /** A batch holds at most one entry of a generation. */
  public static void requireDistinct(List<TokenLog.Entry> entries) {
    Set<GenerationKey> seen = new HashSet<>();
    for (TokenLog.Entry entry : entries) {
      if (!seen.add(entry.generation())) {
        throw new IllegalArgumentException("generation " + entry.generation().id() + " is twice in the batch");
      }
    }
  }

  /** What to do with an entry. */
  public enum Verdict {
    APPEND,
    /** The log may hold these tokens already: accept if it does, else refuse for its index. */
    COMPARE, STALE_EPOCH, WRONG_INDEX, ALREADY_FINISHED
  }

  /** A log's state; of no log yet: all zero. {@code ending} is null while the answer has not ended. */
  public record State(long epoch, int length, TokenLog.@Nullable Ending ending) {
    /** The state of a log that does not exist. */
    public static final State NONE = new State(0, 0, null);

    public boolean finished() {
      return ending != null;
    }

    /** What to do with an entry of {@code count} tokens. */
    public Verdict judge(long entryEpoch, int firstIndex, int count, boolean finishes) {
      if (entryEpoch < epoch) {
        return Verdict.STALE_EPOCH;
      }
      if (firstIndex == length && !finished()) {
        return Verdict.APPEND;
      }
      long end = (long) firstIndex + count;
      boolean covered = finishes ? finished() && end == length : end <= length;
      if (covered) {
        return Verdict.COMPARE;
      }
      return finished() ? Verdict.ALREADY_FINISHED : Verdict.WRONG_INDEX;
    }

    /** The state after an accepted entry. */
    public State after(long entryEpoch, int count, TokenLog.@Nullable Ending end) {
      return new State(entryEpoch, Math.addExact(length, count), end);
    }

    /** The state under a new owner. */
    public State claimed(long newEpoch) {
      return new State(newEpoch, length, ending);
    }
  }
}
