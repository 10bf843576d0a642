package org.clarion.engine.vision;

import java.util.List;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.StepProfile;
import org.clarion.models.image.PixelTensor;

/**
 * From pixels to vectors that take the place of token embeddings. {@link ImageTowers} makes one.
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

  /**
   * The same for several images, in their order.
   *
   * @throws IllegalArgumentException
   *           when one has another size; then none is encoded
   */
  default List<float[]> encode(List<PixelTensor> images) {
    return images.stream().map(this::encode).toList();
  }

  /** Images of a call that are computed together; more are taken one such group after the other. */
  default int together() {
    return 1;
  }

  /** Where time has gone so far. */
  default StepProfile profile() {
    return StepProfile.NONE;
  }

  /** Frees the weights. Idempotent. */
  @Override
  void close();
}
