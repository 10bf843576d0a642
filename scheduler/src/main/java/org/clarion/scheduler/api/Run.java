package org.clarion.scheduler.api;

import java.util.Arrays;

/** Consecutive positions of a sequence: token ids, or one whole image. */
public sealed interface Run {
  /** How many positions the run takes. */
  int count();

  /**
   * Token ids.
   *
   * @param ids
   *          owned by the run: not to be changed after construction
   */
  record Tokens(int[] ids) implements Run {
    public Tokens {
      if (ids.length == 0) {
        throw new IllegalArgumentException("a run of tokens holds at least one");
      }
    }

    @Override
    public int count() {
      return ids.length;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Tokens tokens && Arrays.equals(ids, tokens.ids);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(ids);
    }

    /** The count only: token ids are a patient's words. */
    @Override
    public String toString() {
      return "Tokens[" + ids.length + "]";
    }
  }

  /** An image's embedding, never cut. */
  record Image(ImageHash hash, int count) implements Run {
    public Image {
      if (count <= 0) {
        throw new IllegalArgumentException("an image takes at least one position, not " + count);
      }
    }
  }
}
