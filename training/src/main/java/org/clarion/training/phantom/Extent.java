package org.clarion.training.phantom;

/** How much of it there is. */
public enum Extent {
  SMALL, MODERATE, LARGE,
  /** A normal picture, or a thing that has no size. */
  NONE;

  /** The name in labels and in running text: lower case. */
  public String label() {
    return Words.label(this);
  }
}
