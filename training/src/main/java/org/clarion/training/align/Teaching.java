package org.clarion.training.align;

/** What a stage teaches about a picture. */
public enum Teaching {
  /** The short text: a caption, or the list of concepts. */
  CAPTIONS("captions"),
  /** The report. */
  REPORTS("reports"),
  /** Questions and answers, the report among them; later ones may come after the first. */
  DIALOGUES("dialogues"),
  /** What the picture shows, as labels that hold or not, read off before the projection. */
  LABELS("labels");

  private final String word;

  Teaching(String word) {
    this.word = word;
  }

  /** The name in recipes. */
  public String word() {
    return word;
  }
}
