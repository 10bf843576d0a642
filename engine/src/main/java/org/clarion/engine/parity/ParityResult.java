package org.clarion.engine.parity;

/**
 * What comparing one set gave.
 *
 * @param set
 *          its name
 * @param cases
 *          comparisons made
 * @param worstDifference
 *          absolute difference of the comparison that came nearest to (or furthest beyond) its tolerance; for exact
 *          comparisons the number of unequal elements
 * @param tolerance
 *          tolerance of that comparison
 * @param status
 *          outcome
 * @param note
 *          for people: what was compared there, or why there is nothing
 */
public record ParityResult(String set, int cases, double worstDifference, double tolerance, ParityStatus status,
    String note) {

  /** A set that this build cannot run. */
  public static ParityResult unsupported(String set, String reason) {
    return new ParityResult(set, 0, 0, 0, ParityStatus.UNSUPPORTED, reason);
  }

  /** A set whose files are not there. */
  public static ParityResult missing(String set, String what) {
    return new ParityResult(set, 0, 0, 0, ParityStatus.MISSING, what);
  }
}
