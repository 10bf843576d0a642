package org.clarion.training.phantom;

/** What is drawn. */
public enum PhantomKind {
  CHEST, SKIN, DISTRACTOR;

  /** The name in labels and options: lower case. */
  public String label() {
    return Words.label(this);
  }
}
