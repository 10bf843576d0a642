package org.clarion.scheduler.core;

import java.time.Duration;
import org.clarion.scheduler.api.EmbeddingKey;
import org.jspecify.annotations.Nullable;

/** What the scheduler's owner has to tell others. */
public sealed interface SchedulerEvent {
  /**
   * An answer has a further token.
   *
   * @param chances
   *          how likely it was, when asked for
   */
  record Token(long generation, int index, int token, @Nullable TokenChances chances) implements SchedulerEvent {
    /** Without the token id, which is a patient's word. */
    @Override
    public String toString() {
      return "Token[" + generation + ", " + index + "]";
    }
  }

  /** An answer is complete. */
  record Finished(long generation, FinishReason reason, Outcome outcome) implements SchedulerEvent {}

  /** An answer cannot be completed. */
  record Failed(long generation, Cause cause, Outcome outcome) implements SchedulerEvent {}

  /** A rank lost an embedding that a running sequence reads: it has to be pushed again. */
  record EmbeddingLost(EmbeddingKey key) implements SchedulerEvent {}

  /**
   * How far a generation came.
   *
   * @param known
   *          prompt and answer, the caller's own copy
   */
  record Outcome(int promptTokens, int cachedTokens, int completionTokens, Positions known) {}

  /** Why an answer cannot be completed. */
  sealed interface Cause {
    /** An image's embedding did not come in time. */
    record EmbeddingOverdue(Duration limit) implements Cause {}

    /** The request's own time was over. */
    record TimeOver(Duration timeout) implements Cause {}

    /** An image's embedding was lost everywhere. */
    record EmbeddingGone(EmbeddingKey key) implements Cause {}

    /** The sequence had to start over too often. */
    record TooManyRestarts(int limit) implements Cause {}

    /** The replica came back with an arena in which the sequence has no room. */
    record NoRoom(int needed, int limit) implements Cause {}
  }
}
