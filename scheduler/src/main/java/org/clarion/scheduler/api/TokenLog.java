package org.clarion.scheduler.api;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The committed tokens of every generation: append-only, fenced by the owner's epoch.
 * <p>
 * No method blocks. Stages complete on threads of the store, exceptionally with {@link ClusterUnavailableException}
 * when the outcome is unknown past the deadline: repeating the same call is then safe. Thread-safe. Two appends of one
 * generation that are under way together may arrive in either order: await the first before the second.
 */
public interface TokenLog {
  /**
   * Appends one step's tokens of all generations in one batched write, complete once a backup holds them too (when the
   * cluster has a second member). Each entry is judged by itself: entries that fit are stored even when others are
   * refused. An entry fits when {@code epoch} is not older than any that wrote or claimed the generation, and
   * {@code firstIndex} is the log's end; tokens that the log holds already at that place are accepted again without
   * effect.
   *
   * @param entries
   *          at most one of a generation
   * @return completes exceptionally with {@link AppendRefusedException}, which names the refused entries
   */
  CompletionStage<Void> append(long epoch, List<Entry> entries);

  /**
   * Raises the generation's epoch and answers what is committed: afterwards no older owner can append. This is how a
   * new owner takes over. Creates the log when there is none.
   *
   * @return completes exceptionally with {@link AppendRefusedException} when {@code epoch} is stale
   */
  CompletionStage<Committed> claim(long epoch, GenerationKey generation);

  /** Tokens from index {@code from} on; empty when no such log exists (any more). */
  CompletionStage<Optional<Committed>> read(GenerationKey generation, int from);

  /** Forgets the generation now. Logs that are not written for the store's retention are forgotten anyway. */
  CompletionStage<Void> expire(GenerationKey generation);

  /**
   * How an answer ended and what it took. Committed with its last tokens, so that whoever takes up the generation later
   * can tell the end as it was.
   *
   * @param reason
   *          as the scheduler calls it; the log does not look into it
   * @param promptTokens
   *          positions of the prompt
   * @param cachedTokens
   *          of these, positions that were not computed
   * @param completionTokens
   *          tokens that the session keeps: fewer than the log holds when the answer ended before the last ones
   */
  record Ending(String reason, int promptTokens, int cachedTokens, int completionTokens) {}

  /**
   * One generation's share of a step.
   *
   * @param firstIndex
   *          index within the answer of the first token
   * @param tokens
   *          may be empty for an entry that only finishes; owned by the entry, not to be changed after construction
   * @param ending
   *          when the answer ends with these tokens: later appends are refused; else null
   */
  record Entry(GenerationKey generation, int firstIndex, int[] tokens, @Nullable Ending ending) {
    public Entry {
      if (firstIndex < 0) {
        throw new IllegalArgumentException("first index " + firstIndex + " is negative");
      }
    }

    public boolean finished() {
      return ending != null;
    }

    /** Without the token ids, which are a patient's words. */
    @Override
    public String toString() {
      return "Entry[" + generation + ", " + firstIndex + " +" + tokens.length + (finished() ? ", finished]" : "]");
    }
  }

  /**
   * Committed tokens from an index to the log's end.
   *
   * @param epoch
   *          the newest that wrote or claimed the generation
   * @param ending
   *          null while the answer has not ended
   */
  record Committed(long epoch, int from, int[] tokens, @Nullable Ending ending) {
    public boolean finished() {
      return ending != null;
    }

    /** Index after the last committed token. */
    public int end() {
      return from + tokens.length;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Committed o && epoch == o.epoch && from == o.from && Objects.equals(ending, o.ending)
          && Arrays.equals(tokens, o.tokens);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(tokens) + 31 * from + Long.hashCode(epoch);
    }

    /** Without the token ids, which are a patient's words. */
    @Override
    public String toString() {
      return "Committed[epoch " + epoch + ", " + from + " +" + tokens.length + (finished() ? ", finished]" : "]");
    }
  }
}
