package org.clarion.llm.exec;

import java.util.List;
import org.clarion.llm.core.Chances;
import org.clarion.llm.core.ImageKey;
import org.jspecify.annotations.Nullable;

/**
 * What a step came to. {@code sampled} and {@code retries} are empty on every rank but 0.
 *
 * @param elapsedNanos
 *          from the plan's turn to its end, waiting for peers included
 */
public record StepOutcome(long epoch, long step, List<Sampled> sampled, List<Retry> retries, long elapsedNanos) {
  public StepOutcome {
    sampled = List.copyOf(sampled);
    retries = List.copyOf(retries);
  }

  /**
   * A row's token.
   *
   * @param token
   *          without meaning for a beam
   * @param logProbability
   *          natural logarithm of its probability before everything that sampling does; 0 unless asked for
   * @param likeliest
   *          as many as asked for
   * @param more
   *          tokens behind it, one for each accepted draft; owned by the record
   * @param drafted
   *          drafts computed
   */
  public record Sampled(long sequence, int token, float logProbability, Chances.Likeliest likeliest, int[] more,
      int drafted) {
    private static final int[] NONE = {};

    /** Without drafts. */
    public Sampled(long sequence, int token, float logProbability, Chances.Likeliest likeliest) {
      this(sequence, token, logProbability, likeliest, NONE, 0);
    }
  }

  /** A row that did not run; {@code missing} names an embedding that a rank lacks, null for a wrong position. */
  public record Retry(long sequence, @Nullable ImageKey missing) {}
}
