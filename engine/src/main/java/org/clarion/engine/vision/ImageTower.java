package org.clarion.engine.vision;

import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.StepProfile;
import org.clarion.models.image.PixelTensor;

/**
 * From pixels to vectors that take the place of token embeddings. {@link ImageTowers} makes one. One image a call: a
 * single one fills the kernels already.
 *
 * <p>
 * To be loaded, used and closed by one thread.
 */
public interface ImageTower extends AutoCloseable {
  /** Side of the images that it takes, pixels. */
  int imageSize();

  /** Vectors that an image becomes. */
  int tokens();

  /** What it computes in; finer than what was asked for where the graph or the host has nothing so small. */
  Precision precision();

  /**
   * Image to embedding: [tokens, llmHidden] row-major.
   *
   * @throws IllegalArgumentException
   *           when the image has another size
   */
  float[] encode(PixelTensor image);

  /** Where time has gone so far. */
  default StepProfile profile() {
    return StepProfile.NONE;
  }

  /** Frees the weights. Idempotent. */
  @Override
  void close();
}
