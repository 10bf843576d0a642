package org.clarion.scheduler.rpc;

import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.api.AppendRefusedException;
import org.clarion.scheduler.api.AppendRefusedException.Refusal;
import org.clarion.scheduler.api.TokenLog;
import org.jspecify.annotations.Nullable;

/** What a reader gets of a generation that is not under way here, by what its log says after the claim. Pure. */
sealed interface Resumption {
  /** The reader has more tokens than were ever committed: nothing that follows would fit. */
  record Lost(int committed) implements Resumption {}

  /** The answer has ended: it is told from its log. */
  record Ended(TokenLog.Ending ending) implements Resumption {}

  /** The answer goes on after the committed tokens. */
  record GoesOn() implements Resumption {}

  /**
   * After the claim.
   *
   * @param from
   *          first token that the reader wants
   */
  static Resumption of(TokenLog.Committed committed, int from) {
    if (from > committed.end()) {
      return new Lost(committed.end());
    }
    TokenLog.Ending ending = committed.ending();
    return ending == null ? new GoesOn() : new Ended(ending);
  }

  /**
   * Whether the tokens of a generation that was placed before are forgotten; to be found out before the claim, which
   * makes a log where there is none.
   *
   * @param logged
   *          whether there is a log
   * @param turnTaken
   *          whether its session has gone on since
   */
  static boolean forgotten(boolean logged, int from, boolean turnTaken) {
    return !logged && (from > 0 || turnTaken);
  }

  /**
   * What a reader is told that has more tokens than the tape of this owner: another owner may have gone on meanwhile,
   * only the log knows.
   *
   * @param logged
   *          committed tokens
   */
  static ServiceError ahead(int from, int logged) {
    return from > logged
        ? GenerationStream.lost(from, logged)
        : new ServiceError.Unavailable("more was committed than this scheduler knows of");
  }

  /** The log's epoch where it refused a claim because it was written or claimed under a higher one. */
  static OptionalLong higherEpoch(@Nullable Throwable error) {
    Throwable cause = (error instanceof CompletionException || error instanceof ExecutionException)
        && error.getCause() != null ? error.getCause() : error;
    return cause instanceof AppendRefusedException refused
        ? refused.refusals().stream().mapToLong(refusal -> refusal instanceof Refusal.StaleEpoch stale
            ? stale.newest()
            : 0).filter(epoch -> epoch > 0).max()
        : OptionalLong.empty();
  }
}
