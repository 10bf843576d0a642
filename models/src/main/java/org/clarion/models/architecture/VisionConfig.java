package org.clarion.models.architecture;

/** Shape of an image tower: from a square of pixels to vectors that take the place of token embeddings. */
public sealed interface VisionConfig permits EvaConfig, SwinConfig {
  /** Side of a patch, pixels. */
  int patch();

  /** Width of what goes into the trained projection. */
  int featureWidth();

  /** Positions that one image takes in the prompt. */
  int tokens(int imageSize);

  /**
   * Refuses an image size that the graph cannot take.
   *
   * @param imageSize
   *          side of the square, pixels
   * @throws IllegalArgumentException
   *           with the size and what it would have to be
   */
  void checkImageSize(int imageSize);

  /** Refuses a size that does not consist of whole units. */
  static void checkMultiple(int imageSize, int unit, String what) {
    if (imageSize < unit || imageSize % unit != 0) {
      throw new IllegalArgumentException("an image size of " + imageSize + " is no multiple of " + what + " " + unit);
    }
  }
}
