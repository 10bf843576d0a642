package org.clarion.vision.exec;

import org.clarion.models.image.PixelTensor;

/** What computes embeddings. Made, used and closed by the engine's thread. */
public interface ImageEncoder extends AutoCloseable {
  /** [tokens, hidden], row-major. */
  float[] encode(PixelTensor image);

  @Override
  void close();
}
