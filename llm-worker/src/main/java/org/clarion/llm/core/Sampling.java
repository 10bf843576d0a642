package org.clarion.llm.core;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How the next token is chosen.
 *
 * @param temperature
 *          divides the logits; 0 is greedy, cuts and seed are then ignored
 * @param cut
 *          which ids may be chosen
 * @param penalties
 *          what makes ids of the answer less likely
 * @param bias
 *          by id, added to its logit; finite
 * @param seed
 *          of the random numbers
 * @param logProbabilities
 *          how many likeliest ids are told with each token and its log probability; null tells neither
 */
public record Sampling(float temperature, Cut cut, Penalties penalties, SortedMap<Integer, Float> bias, long seed,
    @Nullable Integer logProbabilities) {
  /** Always the likeliest token. */
  public static final Sampling GREEDY = of(0, Cut.NONE, 0);

  public Sampling {
    if (!(temperature >= 0) || Float.isInfinite(temperature)) {
      throw new IllegalArgumentException("temperature is " + temperature + ", not a number from 0 on");
    }
    for (Map.Entry<Integer, Float> entry : bias.entrySet()) {
      if (!Float.isFinite(entry.getValue())) {
        throw new IllegalArgumentException("the bias of id " + entry.getKey() + " is " + entry.getValue());
      }
    }
    bias = new TreeMap<>(bias);
  }

  /** Without penalties, bias and log probabilities. */
  public static Sampling of(float temperature, Cut cut, long seed) {
    return new Sampling(temperature, cut, Penalties.NONE, new TreeMap<>(), seed, null);
  }

  public boolean greedy() {
    return temperature == 0;
  }

  /** Whether logits change before temperature and cuts. */
  public boolean adjusts() {
    return !bias.isEmpty() || penalties.any();
  }

  /**
   * Which ids may be chosen, each cut on what the one before left.
   *
   * @param topK
   *          keeps the ids with the highest logits, ties of the last one included; 0 keeps all
   * @param topP
   *          keeps the likeliest ids until their mass reaches it, the id that crosses included; in (0, 1]
   * @param minP
   *          keeps ids with at least this share of the likeliest one's probability; in [0, 1]
   */
  public record Cut(int topK, float topP, float minP) {
    /** Every id. */
    public static final Cut NONE = new Cut(0, 1, 0);

    public Cut {
      if (topK < 0) {
        throw new IllegalArgumentException("top-k is " + topK + ", not 0 or more");
      }
      if (!(topP > 0 && topP <= 1)) {
        throw new IllegalArgumentException("top-p is " + topP + ", not in (0, 1]");
      }
      if (!(minP >= 0 && minP <= 1)) {
        throw new IllegalArgumentException("min-p is " + minP + ", not in [0, 1]");
      }
    }
  }

  /**
   * What makes ids that the answer has less likely.
   *
   * @param repetition
   *          divides positive and multiplies negative logits; above 0, 1 changes nothing
   * @param presence
   *          subtracted once from an id's logit
   * @param frequency
   *          subtracted for each time that the answer has the id
   */
  public record Penalties(float repetition, float presence, float frequency) {
    public static final Penalties NONE = new Penalties(1, 0, 0);

    public Penalties {
      if (!(repetition > 0) || Float.isInfinite(repetition)) {
        throw new IllegalArgumentException("the repetition penalty is " + repetition + ", not a number above 0");
      }
      if (!Float.isFinite(presence) || !Float.isFinite(frequency)) {
        throw new IllegalArgumentException(
            "presence and frequency penalties are " + presence + " and " + frequency + ", not finite");
      }
    }

    public boolean any() {
      return !equals(NONE);
    }
  }
}
