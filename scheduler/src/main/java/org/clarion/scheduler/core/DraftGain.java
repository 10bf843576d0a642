package org.clarion.scheduler.core;

/**
 * What drafts have brought, and whether to go on: while they bring less than they cost they pause, and after the pause
 * a few are tried again. Each pause in a row is twice as long as the one before up to {@value #LONGEST} times the
 * first. Deterministic; not thread-safe.
 *
 * <p>
 * What it counts fades with every row, so that the last {@value #MEMORY} rows or so count.
 */
final class DraftGain {
  /** Rows after which one counts for a third. */
  static final int MEMORY = 32;
  private static final double KEEP = 1 - 1.0 / MEMORY;
  private static final int PRIOR = 4;
  /** Pauses become no longer than so many of the first. */
  static final int LONGEST = 16;

  private final int enough;
  private final int pause;
  private double accepted;
  private double judged;
  private double cost;
  private int tried;
  private int pauses = 1;
  private long until;

  /**
   * @param enough
   *          drafts after which is judged
   * @param pause
   *          length of the first pause, in units of the clock that the caller has
   */
  DraftGain(int enough, int pause) {
    this.enough = enough;
    this.pause = pause;
  }

  /**
   * A row had drafts.
   *
   * @param ratio
   *          what one cost, as a part of what a token costs without drafts
   */
  void tell(int drafts, int kept, double ratio, long clock) {
    accepted = KEEP * accepted + kept;
    // Behind the first draft that is wrong nothing is learnt.
    judged = KEEP * judged + kept + (kept < drafts ? 1 : 0);
    cost = KEEP * cost + drafts * ratio;
    tried += drafts;
    if (tried >= enough && clock >= until) {
      if (gain() < 1) {
        until = clock + (long) pause * pauses;
        pauses = Math.min(2 * pauses, LONGEST);
        // What comes after the pause is judged by itself.
        tried = 0;
        cost = 0;
        accepted = 0;
        judged = 0;
      } else {
        pauses = 1;
      }
    }
  }

  /** Whether drafts are made at this time. */
  boolean open(long clock) {
    return clock >= until;
  }

  /**
   * Tokens brought for each that could have been computed without drafts in the same time; 1 as long as none is known.
   */
  double gain() {
    return cost > 0 ? accepted / cost : 1;
  }

  /**
   * How likely a draft is accepted when those before it were.
   *
   * @param prior
   *          what is believed of a sequence of which nothing is known, worth {@value #PRIOR} drafts
   */
  double chance(double prior) {
    return (accepted + PRIOR * prior) / (judged + PRIOR);
  }

}
