package org.clarion.training.phantom;

/** Which of the two alignment stages a text is made for. */
public enum Stage {
  /** Short captions: one line of a radiograph, or the list of clinical concepts of a skin photo. */
  ONE("1"),
  /** What the model is to say: findings and impression, or concepts, disease and advice. */
  TWO("2");

  private final String label;

  Stage(String label) {
    this.label = label;
  }

  /** The name in files. */
  public String label() {
    return label;
  }
}
