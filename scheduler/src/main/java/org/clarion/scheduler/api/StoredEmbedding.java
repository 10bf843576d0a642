package org.clarion.scheduler.api;

import java.util.Arrays;

/**
 * An embedding as session state keeps it: [tokens, hidden], row-major, little-endian.
 *
 * @param model
 *          id of the model that the embedding was made for
 * @param payload
 *          owned by the embedding: not to be changed after construction
 */
public record StoredEmbedding(String model, int tokens, int hidden, ElementKind kind, byte[] payload) {
  /** How an element is stored. */
  public enum ElementKind {
    FLOAT32(4), FLOAT16(2);

    private final int bytes;

    ElementKind(int bytes) {
      this.bytes = bytes;
    }

    /** Bytes of one element. */
    public int bytes() {
      return bytes;
    }
  }

  public StoredEmbedding {
    long expected = (long) tokens * hidden * kind.bytes();
    if (tokens <= 0 || hidden <= 0 || payload.length != expected) {
      throw new IllegalArgumentException("an embedding of " + tokens + " x " + hidden + " " + kind + " has " + expected
          + " bytes, not " + payload.length);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StoredEmbedding e && model.equals(e.model) && tokens == e.tokens && hidden == e.hidden
        && kind == e.kind && Arrays.equals(payload, e.payload);
  }

  @Override
  public int hashCode() {
    return 31 * model.hashCode() + Arrays.hashCode(payload);
  }

  @Override
  public String toString() {
    return "StoredEmbedding[" + model + ", " + tokens + " x " + hidden + " " + kind + "]";
  }
}
