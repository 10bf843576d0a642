package org.clarion.training.phantom;

/** The patient's side; the right one is at the left of a frontal film. */
public enum Side {
  RIGHT, LEFT,
  /** Not a thing of one side, or not to be told in this view. */
  NONE;

  /** The name in labels and in running text: lower case. */
  public String label() {
    return Words.label(this);
  }
}
