package org.clarion.scheduler.rpc;

import java.util.Arrays;
import java.util.function.Consumer;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.TokenLog;
import org.clarion.scheduler.core.FinishReason;
import org.clarion.scheduler.core.SchedulerEvent;
import org.jspecify.annotations.Nullable;

/**
 * One answer on its way from the core through the token log to its readers. Its fields belong to the loop's thread;
 * tape and turn may be used by any.
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
  /** As it was started, without the place where a reader begins. */
  final GenerateStart start;
  final Tape tape = new Tape();
  private final Consumer<Generation> released;
  private volatile Turns.@Nullable Turn turn;
  /** The core's name for it; 0 before admission. */
  long id;
  /** Under which its log was claimed. */
  long epoch;
  /** Tokens handed to the token log, acknowledged or not. */
  int logged;
  @Nullable
  End end;
  private int[] pending = new int[16];
  private int pendingCount;

  /**
   * Not placed yet.
   *
   * @param released
   *          told when it is over here
   */
  Generation(GenerationKey key, GenerateStart start, Consumer<Generation> released) {
    this.key = key;
    this.start = start.toBuilder().clearFirstIndex().clearRouted().build();
    this.released = released;
  }

  /** The session's turn that it is; known before admission. */
  Turns.Turn turn() {
    Turns.Turn opened = turn;
    if (opened == null) {
      throw new IllegalStateException("generation " + key.id() + " has no turn");
    }
    return opened;
  }

  Turns.@Nullable Turn turnOrNull() {
    return turn;
  }

  void turn(Turns.Turn opened) {
    turn = opened;
  }

  /** It is over here: its session may have another turn. Harmless when repeated. */
  void release() {
    released.accept(this);
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
