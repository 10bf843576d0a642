package org.clarion.scheduler.core;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.clarion.models.grammar.OutputFormat;
import org.jspecify.annotations.Nullable;

/**
 * How the next token is chosen. The ranks do it; here it is only checked, for a rank refuses a whole plan over it.
 *
 * @param temperature
 *          0 means greedy, seed and cuts are then without effect
 * @param seed
 *          keyed with the token's position
 * @param bias
 *          by token id, added to its logit; finite
 * @param logProbabilities
 *          how many likeliest ids come with each token and its log probability; null for neither
 * @param format
 *          what the answer has to look like; null for anything
 */
public record Sampling(float temperature, Cut cut, Penalties penalties, SortedMap<Integer, Float> bias, long seed,
    @Nullable Integer logProbabilities, @Nullable Format format) {
  /** Most likeliest ids that come with a token. */
  public static final int MAX_LOG_PROBABILITIES = 20;
  public static final Sampling GREEDY = new Sampling(0, new Cut(0, 1, 0), Penalties.NONE, new TreeMap<>(), 0, null,
      null);

  public Sampling {
    check("temperature", temperature, 0, 100);
    bias.forEach((id, value) -> check("the bias of token " + id, value, -1000, 1000));
    if (logProbabilities != null && (logProbabilities < 0 || logProbabilities > MAX_LOG_PROBABILITIES)) {
      throw new IllegalArgumentException(
          "top_log_probabilities " + logProbabilities + " is not in [0, " + MAX_LOG_PROBABILITIES + "]");
    }
    bias = new TreeMap<>(bias);
  }

  /** Whether the likeliest id is taken as it is, and nothing else is told. */
  boolean takesLikeliest() {
    return temperature == 0 && bias.isEmpty() && logProbabilities == null && !looksBack();
  }

  /** Whether the choice depends on the answer's tokens so far. */
  boolean looksBack() {
    return !penalties.equals(Penalties.NONE) || format != null;
  }

  /**
   * What the answer has to look like.
   *
   * @param ends
   *          ids that end it
   */
  public record Format(OutputFormat format, List<Integer> ends) {
    public Format {
      if (ends.isEmpty()) {
        throw new IllegalArgumentException("a format needs an id that ends the answer");
      }
      ends = List.copyOf(ends);
    }
  }

  private static void check(String name, float value, float least, float most) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(name + " " + value + " is not in [" + least + ", " + most + "]");
    }
  }

  /**
   * Which ids may be chosen.
   *
   * @param topK
   *          0 means no limit
   * @param topP
   *          nucleus mass in (0, 1]
   * @param minP
   *          least share of the likeliest id's probability, in [0, 1]
   */
  public record Cut(int topK, float topP, float minP) {
    public Cut {
      if (topK < 0) {
        throw new IllegalArgumentException("top_k " + topK + " is negative");
      }
      if (!(topP > 0) || topP > 1) {
        throw new IllegalArgumentException("top_p " + topP + " is not in (0, 1]");
      }
      check("min_p", minP, 0, 1);
    }
  }

  /**
   * What makes tokens that the answer has less likely.
   *
   * @param repetition
   *          above 0; 1 changes nothing
   */
  public record Penalties(float repetition, float presence, float frequency) {
    public static final Penalties NONE = new Penalties(1, 0, 0);

    public Penalties {
      check("repetition_penalty", repetition, 0.001f, 1000);
      check("presence_penalty", presence, -1000, 1000);
      check("frequency_penalty", frequency, -1000, 1000);
    }
  }
}
