package org.clarion.training.phantom;

/** Fitzpatrick's six phototypes, each with the two or so steps of the Monk scale that it spans here. */
public enum SkinTone {
  I(1, 2), II(2, 3), III(4, 5), IV(5, 6), V(7, 8), VI(9, 10);

  private final int monkFrom;
  private final int monkTo;

  SkinTone(int monkFrom, int monkTo) {
    this.monkFrom = monkFrom;
    this.monkTo = monkTo;
  }

  /** The lightest step of the Monk scale (1 to 10) that it spans. */
  public int monkFrom() {
    return monkFrom;
  }

  /** The darkest step of the Monk scale (1 to 10) that it spans. */
  public int monkTo() {
    return monkTo;
  }

  /** The name in labels. */
  public String label() {
    return name();
  }
}
