package org.clarion.models.manifest;

import java.util.OptionalInt;

/**
 * How a model's makers let it choose the next token; what a request does not say is taken from here.
 *
 * @param temperature
 *          0 (greedy) to 2
 * @param topP
 *          probability mass that stays eligible, above 0, at most 1 (all)
 * @param topK
 *          tokens that stay eligible; 0 for all
 * @param repetitionPenalty
 *          divisor of positive logits of tokens that were generated before, multiplier of negative ones; 1 for none
 * @param maxNewTokens
 *          length of an answer; empty for as long as the context allows
 * @param maxLength
 *          positions of prompt and answer together; empty for the whole context
 */
public record SamplingDefaults(double temperature, double topP, int topK, double repetitionPenalty,
    OptionalInt maxNewTokens, OptionalInt maxLength) {
  /** The model's own distribution, as long as the context allows. */
  public static final SamplingDefaults NEUTRAL = new SamplingDefaults(1, 1, 0, 1, OptionalInt.empty(),
      OptionalInt.empty());

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException
   *           which names the value and its range
   */
  public SamplingDefaults {
    require(temperature >= 0 && temperature <= 2, "temperature", temperature, "0 to 2");
    require(topP > 0 && topP <= 1, "top-p", topP, "above 0, at most 1");
    require(topK >= 0, "top-k", topK, "0 or more");
    require(repetitionPenalty > 0 && repetitionPenalty <= 10, "repetition-penalty", repetitionPenalty,
        "above 0, at most 10");
    maxNewTokens.ifPresent(tokens -> require(tokens >= 1, "max-new-tokens", tokens, "1 or more"));
    maxLength.ifPresent(length -> require(length >= 2, "max-length", length, "2 or more"));
  }

  private static void require(boolean holds, String name, Number value, String range) {
    if (!holds) {
      throw new IllegalArgumentException("sampling." + name + " is " + value + ", expected " + range);
    }
  }
}
