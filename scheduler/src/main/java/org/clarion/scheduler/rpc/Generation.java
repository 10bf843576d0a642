package org.clarion.scheduler.rpc;

import java.util.Arrays;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.TokenLog;
import org.clarion.scheduler.core.FinishReason;
import org.clarion.scheduler.core.SchedulerEvent;
import org.jspecify.annotations.Nullable;

/**
 * One answer on its way from the core through the token log to its reader. Its fields belong to the loop's thread; the
 * stream may be used by any.
 */
final class Generation {
  /** How an answer ended. */
  sealed interface End {
    record Answered(FinishReason reason, SchedulerEvent.Outcome outcome) implements End {
      /** As the log keeps it. */
      TokenLog.Ending ending() {
        return new TokenLog.Ending(reason.name(), outcome.promptTokens(), outcome.cachedTokens(),
            outcome.completionTokens());
      }
    }

    record Broken(ServiceError error) implements End {}
  }

  final GenerationKey key;
  final Turns.Turn turn;
  final GenerationStream stream;
  /** The core's name for it; 0 before admission. */
  long id;
  /** Tokens handed to the token log, acknowledged or not. */
  int logged;
  @Nullable
  End end;
  private int[] pending = new int[16];
  private int pendingCount;

  Generation(GenerationKey key, Turns.Turn turn, GenerationStream stream) {
    this.key = key;
    this.turn = turn;
    this.stream = stream;
  }

  void add(int token) {
    if (pendingCount == pending.length) {
      pending = Arrays.copyOf(pending, 2 * pendingCount);
    }
    pending[pendingCount++] = token;
  }

  /** Tokens that the log was not given yet. */
  int[] takePending() {
    int[] taken = Arrays.copyOf(pending, pendingCount);
    pendingCount = 0;
    return taken;
  }

  boolean hasPending() {
    return pendingCount > 0;
  }
}
