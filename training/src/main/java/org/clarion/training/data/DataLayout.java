package org.clarion.training.data;

/** How a data set is laid out. */
public enum DataLayout {
  /** {@code cases.jsonl} and {@code images}, as {@code clarion phantoms} writes them. */
  PHANTOMS("phantoms"),
  /** {@code filter_cap.json} and {@code image}, as XrayGPT, SkinGPT-4 and MiniGPT-4 read them. */
  CAPTIONS("filter_cap.json"),
  /** One JSON object a line. */
  JSON_LINES("JSONL"),
  /** A header and one row a picture. */
  CSV("CSV");

  private final String words;

  DataLayout(String words) {
    this.words = words;
  }

  /** For people. */
  public String words() {
    return words;
  }
}
