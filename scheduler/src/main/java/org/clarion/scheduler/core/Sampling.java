package org.clarion.scheduler.core;

/**
 * How the next token is chosen.
 *
 * @param temperature
 *          0 means greedy, and the rest is then without effect
 * @param topK
 *          0 means no limit
 * @param topP
 *          nucleus mass in (0, 1]
 * @param seed
 *          keyed with the token's position
 */
public record Sampling(float temperature, int topK, float topP, long seed) {
  public static final Sampling GREEDY = new Sampling(0, 0, 1, 0);

  public Sampling {
    if (!(temperature >= 0) || temperature > 100) {
      throw new IllegalArgumentException("temperature " + temperature + " is not in [0, 100]");
    }
    if (topK < 0) {
      throw new IllegalArgumentException("top_k " + topK + " is negative");
    }
    if (!(topP > 0) || topP > 1) {
      throw new IllegalArgumentException("top_p " + topP + " is not in (0, 1]");
    }
  }
}
