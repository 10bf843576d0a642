package org.clarion.vision.exec;

import java.util.List;
import org.clarion.models.image.PixelTensor;

/** What computes embeddings. Made, used and closed by the engine's thread. */
public interface ImageEncoder extends AutoCloseable {
  /** Of each image in their order: [tokens, hidden], row-major. */
  List<float[]> encode(List<PixelTensor> images);

  /** Images that one call encodes faster than as many calls would; at least 1. */
  int together();

  @Override
  void close();
}
