package org.clarion.llm.core;

import java.util.Arrays;

/** Which drafts are the answer. */
public final class Drafts {
  private Drafts() {}

  /**
   * The tokens of an answer that was drafted: what the model chose, up to the first choice that is not the draft.
   *
   * @param computed
   *          the token before the drafts, and the drafts
   * @param chosen
   *          the model's choice after each of them
   * @return at least one
   */
  public static int[] accepted(int[] computed, int[] chosen) {
    int count = 1;
    while (count < computed.length && computed[count] == chosen[count - 1]) {
      count++;
    }
    return Arrays.copyOf(chosen, count);
  }
}
