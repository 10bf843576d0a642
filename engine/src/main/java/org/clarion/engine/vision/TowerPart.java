package org.clarion.engine.vision;

/** Parts of an image tower that training can move, in the order in which an image passes them. */
public enum TowerPart {
  /** From the pixels to ln_vision. */
  ENCODER,
  /** The learned queries and their layers. */
  QFORMER,
  /** The last linear layer. */
  PROJECTION;

  /** The part that a tensor belongs to, by its LAVIS name. */
  public static TowerPart of(String name) {
    if (name.startsWith("llama_proj.")) {
      return PROJECTION;
    }
    return name.startsWith("Qformer.") || name.equals("query_tokens") ? QFORMER : ENCODER;
  }
}
