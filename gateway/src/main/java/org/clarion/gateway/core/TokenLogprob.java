package org.clarion.gateway.core;

import java.util.List;

/**
 * A token of an answer and how likely it was.
 *
 * @param token
 *          the token itself
 * @param offset
 *          characters of the answer before it
 * @param top
 *          the likeliest tokens in its place, best first
 */
public record TokenLogprob(Chance token, long offset, List<Chance> top) {
  public TokenLogprob {
    top = List.copyOf(top);
  }

  /**
   * A token and the natural logarithm of its probability.
   *
   * @param bytes
   *          its text; not to be changed
   */
  public record Chance(byte[] bytes, float logProbability) {}
}
