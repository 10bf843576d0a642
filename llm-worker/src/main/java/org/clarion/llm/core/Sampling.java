package org.clarion.llm.core;

/**
 * How the next token is chosen.
 *
 * @param temperature
 *          divides the logits; 0 is greedy, the rest is then ignored
 * @param topK
 *          keeps the ids with the highest logits, ties of the last one included; 0 keeps all
 * @param topP
 *          keeps the likeliest ids until their mass reaches it, the id that crosses included; in (0, 1]
 * @param minP
 *          keeps ids with at least this share of the likeliest one's probability; in [0, 1]
 * @param seed
 *          of the random numbers
 */
public record Sampling(float temperature, int topK, float topP, float minP, long seed) {
  /** Always the likeliest token. */
  public static final Sampling GREEDY = new Sampling(0, 0, 1, 0, 0);

  public Sampling {
    if (!(temperature >= 0) || Float.isInfinite(temperature)) {
      throw new IllegalArgumentException("temperature is " + temperature + ", not a number from 0 on");
    }
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

  public boolean greedy() {
    return temperature == 0;
  }
}
