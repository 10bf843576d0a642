package org.clarion.scheduler.core;

import java.time.Duration;
import java.util.List;
import org.clarion.scheduler.api.EmbeddingKey;
import org.jspecify.annotations.Nullable;

/** What came of a {@link StepPlan}, from all ranks together. */
public record StepResult(long epoch, long step, List<Sampled> sampled, List<Retry> retries, Duration elapsed) {
  public StepResult {
    sampled = List.copyOf(sampled);
    retries = List.copyOf(retries);
  }

  /**
   * A row's next token.
   *
   * @param chances
   *          how likely it was and what else was, when asked for; a beam's row has no other meaning
   * @param more
   *          the tokens behind it, one for each draft that was accepted; owned by the record
   * @param drafted
   *          drafts that were computed
   */
  public record Sampled(long sequence, int token, @Nullable TokenChances chances, int[] more, int drafted) {
    private static final int[] NONE = {};

    /** Without drafts. */
    public Sampled(long sequence, int token, @Nullable TokenChances chances) {
      this(sequence, token, chances, NONE, 0);
    }

    /** Nothing but the token. */
    public Sampled(long sequence, int token) {
      this(sequence, token, null);
    }
  }

  /** A row that did not run. */
  public sealed interface Retry {
    long sequence();

    /** A rank lacks an embedding. */
    record MissingEmbedding(long sequence, EmbeddingKey key) implements Retry {}

    /** The row's position is not where the rank's copy of the sequence stands. */
    record PositionMismatch(long sequence) implements Retry {}
  }
}
