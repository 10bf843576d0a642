package org.clarion.scheduler.core;

import java.util.Arrays;

/**
 * How likely a token was, and what else was.
 *
 * @param logProbability
 *          natural logarithm of the token's probability
 * @param ids
 *          likeliest ids, best first
 * @param logProbabilities
 *          of the ids; arrays are not to be changed after construction
 */
public record TokenChances(float logProbability, int[] ids, float[] logProbabilities) {
  @Override
  public boolean equals(Object other) {
    return other instanceof TokenChances o && logProbability == o.logProbability && Arrays.equals(ids, o.ids)
        && Arrays.equals(logProbabilities, o.logProbabilities);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ids) + 31 * Float.hashCode(logProbability);
  }

  /** Without the token ids, which are a patient's words. */
  @Override
  public String toString() {
    return "TokenChances[" + ids.length + "]";
  }
}
