package org.clarion.training.phantom;

import org.clarion.training.phantom.raster.Chance;

/**
 * Chooses how something is said. Pictures and labels do not depend on it; which questions are asked may. Not
 * thread-safe.
 */
public final class Wording {
  /** In how many ways a thing is said. */
  public enum Variety {
    /** In one of several, as people do. */
    MANY,
    /** Always in the first: for models that are to learn what to say rather than how. */
    ONE
  }

  private final Chance chance;
  private final Variety variety;

  /** Wordings that a stream draws. */
  public Wording(Chance chance, Variety variety) {
    this.chance = chance;
    this.variety = variety;
  }

  /** One of these. */
  public String of(String... choices) {
    String drawn = chance.of(choices);
    return variety == Variety.ONE ? choices[0] : drawn;
  }

  /** Whether something is said that is said with this probability, or always where there is one wording. */
  public boolean says(double probability) {
    boolean drawn = chance.happens(probability);
    return variety == Variety.ONE || drawn;
  }
}
