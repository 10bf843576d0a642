package org.clarion.training.align;

/** Parts of a model that a stage may train, in the order in which a picture's numbers pass them. */
public enum Part {
  ENCODER("encoder"), QFORMER("qformer"), PROJECTION("projection"), LLM("llm");

  private final String word;

  Part(String word) {
    this.word = word;
  }

  /** The name in recipes. */
  public String word() {
    return word;
  }
}
