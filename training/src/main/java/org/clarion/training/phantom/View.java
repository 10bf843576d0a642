package org.clarion.training.phantom;

/** How a picture was taken. */
public enum View {
  PA("PA"), AP("AP"), LATERAL("lateral"), CLOSE_UP("close-up"), OVERVIEW("overview"), DERMOSCOPY("dermoscopy"),
  /** A picture of nothing medical. */
  NONE("none");

  private final String label;

  View(String label) {
    this.label = label;
  }

  /** The name in labels and in running text. */
  public String label() {
    return label;
  }
}
