package org.clarion.training.phantom;

/**
 * One finding of a chest radiograph and where it is.
 *
 * @param side
 *          {@link Side#NONE} when the finding has none or the view does not show it
 * @param count
 *          how many, at least 1
 */
public record FindingLabel(Finding finding, Side side, Zone zone, Extent extent, int count) {
  public FindingLabel {
    if (count < 1) {
      throw new IllegalArgumentException("a finding is there at least once, not " + count + " times");
    }
  }
}
