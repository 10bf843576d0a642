package org.clarion.llm.core;

/**
 * The ids that may be chosen and their probabilities.
 *
 * @param ids
 *          ascending
 * @param probabilities
 *          of the ids, sum 1
 */
public record Distribution(int[] ids, double[] probabilities) {
  /**
   * The id in whose part of [0, 1) a number falls, the ids' parts lying in ascending order.
   *
   * @param uniform
   *          in [0, 1)
   */
  public int choose(double uniform) {
    double mass = 0;
    int last = -1;
    for (int i = 0; i < ids.length; i++) {
      mass += probabilities[i];
      if (probabilities[i] > 0) {
        last = i;
        if (uniform < mass) {
          return ids[i];
        }
      }
    }
    // Rounding may leave the sum a little below 1.
    return ids[last];
  }
}
