package org.clarion.training.phantom;

/** Height in the lung: the thirds of a frontal film. */
public enum Zone {
  UPPER, MIDDLE, LOWER,
  /** Not a thing of one zone. */
  NONE;

  /** The name in labels: lower case. */
  public String label() {
    return Words.label(this);
  }

  /** The name in running text. */
  public String words() {
    return this == MIDDLE ? "mid" : label();
  }
}
