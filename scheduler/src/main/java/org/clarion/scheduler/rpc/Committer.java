package org.clarion.scheduler.rpc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.api.AppendRefusedException;
import org.clarion.scheduler.api.AppendRefusedException.Refusal;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.TokenLog;
import org.jspecify.annotations.Nullable;

/**
 * Commits before anybody sees: one append to the token log at a time, for all generations together; what comes
 * meanwhile makes the next one. Belongs to the owner's thread; the log's answers come through {@code owner}.
 */
final class Committer {
  private static final int TRIES = 3;
  /** Before an append that was not answered is tried again. */
  static final Duration PAUSE = Duration.ofMillis(200);
  /** Results that may wait for an append before planning pauses. */
  private static final int MAX_WAITING = 32;

  /** Told what the log said, on the owner's thread. */
  interface Sink {
    void committed(Generation generation, int[] tokens);

    /** Everything of the generation is committed and it has ended. */
    void ended(Generation generation);

    /** The log does not take the generation's tokens. */
    void refused(Generation generation, ServiceError error);
  }

  private record Part(Generation generation, int[] tokens, boolean ends) {}

  private final TokenLog log;
  private final Executor owner;
  private final Executor later;
  private final Sink sink;
  private final Set<Generation> dirty = new LinkedHashSet<>();
  private boolean busy;
  private int waiting;

  /**
   * Nothing to commit yet.
   *
   * @param owner
   *          runs on the owner's thread
   * @param later
   *          the same after {@link #PAUSE}
   */
  Committer(TokenLog log, Executor owner, Executor later, Sink sink) {
    this.log = log;
    this.owner = owner;
    this.later = later;
    this.sink = sink;
  }

  /** The generation has tokens or an end that are not committed. */
  void touch(Generation generation) {
    dirty.add(generation);
  }

  /** Nothing more of the generation is to be committed. */
  void forget(Generation generation) {
    dirty.remove(generation);
  }

  /** Whether so many results wait that the log has to catch up first. */
  boolean congested() {
    return waiting > MAX_WAITING;
  }

  /**
   * Appends what is new, unless an append is under way; then as soon as it is not. Each generation under the epoch of
   * its claim, not under the replica's, which may have risen since: then somebody else may have claimed it in between.
   */
  void flush() {
    waiting++;
    if (busy || dirty.isEmpty()) {
      waiting = busy ? waiting : 0;
      return;
    }
    waiting = 0;
    long epoch = dirty.iterator().next().epoch;
    List<Part> parts = new ArrayList<>();
    List<TokenLog.Entry> entries = new ArrayList<>();
    for (Generation generation : List.copyOf(dirty)) {
      if (generation.epoch == epoch) {
        dirty.remove(generation);
        parts.add(part(generation, entries));
      }
    }
    if (entries.isEmpty()) {
      settle(parts, Map.of());
      flush();
    } else {
      busy = true;
      append(epoch, entries, parts, 1);
    }
  }

  private static Part part(Generation generation, List<TokenLog.Entry> entries) {
    int[] tokens = generation.takePending();
    TokenLog.Ending ending = generation.end instanceof Generation.End.Answered answered ? answered.ending() : null;
    if (tokens.length > 0 || ending != null) {
      entries.add(new TokenLog.Entry(generation.key, generation.logged, tokens, ending));
    }
    generation.logged += tokens.length;
    return new Part(generation, tokens, generation.end != null);
  }

  private void append(long epoch, List<TokenLog.Entry> entries, List<Part> parts, int attempt) {
    var _ = log.append(epoch, entries)
        .whenComplete((_, error) -> owner.execute(() -> answered(epoch, entries, parts, attempt, error)));
  }

  private void answered(long epoch, List<TokenLog.Entry> entries, List<Part> parts, int attempt,
      @Nullable Throwable error) {
    Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    if (cause instanceof ClusterUnavailableException && attempt < TRIES) {
      later.execute(() -> append(epoch, entries, parts, attempt + 1));
      return;
    }
    busy = false;
    settle(parts, errors(cause, entries));
    flush();
  }

  private static Map<GenerationKey, ServiceError> errors(@Nullable Throwable cause, List<TokenLog.Entry> entries) {
    return switch (cause) {
      case null -> Map.of();
      case AppendRefusedException refused -> refused.refusals().stream()
          .collect(Collectors.toMap(Refusal::generation, Committer::error, (first, _) -> first));
      default -> {
        ServiceError error = cause instanceof ClusterUnavailableException
            ? new ServiceError.Unavailable("the token log does not answer")
            : ServiceError.from(cause);
        yield entries.stream().collect(Collectors.toMap(TokenLog.Entry::generation, Function.identity())).keySet()
            .stream().collect(Collectors.toMap(Function.identity(), _ -> error));
      }
    };
  }

  private static ServiceError error(Refusal refusal) {
    return switch (refusal) {
      case Refusal.StaleEpoch stale -> new ServiceError.StaleEpoch(stale.epoch(), stale.newest());
      case Refusal.WrongIndex wrong -> new ServiceError.Internal(wrong.message());
      case Refusal.TenantErased erased -> new ServiceError.FailedPrecondition("tenant_erased", erased.message());
      case Refusal.NoKey noKey -> new ServiceError.FailedPrecondition("tenant_key_missing", noKey.message());
      case Refusal.AlreadyFinished finished ->
        new ServiceError.FailedPrecondition("generation_finished", finished.message());
    };
  }

  private void settle(List<Part> parts, Map<GenerationKey, ServiceError> errors) {
    for (Part part : parts) {
      ServiceError error = errors.get(part.generation().key);
      if (error != null) {
        sink.refused(part.generation(), error);
      } else {
        if (part.tokens().length > 0) {
          sink.committed(part.generation(), part.tokens());
        }
        if (part.ends()) {
          sink.ended(part.generation());
        }
      }
    }
  }
}
