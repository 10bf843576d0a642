package org.clarion.engine.vision;

import org.clarion.engine.decoder.Precision;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;

/** EVA-ViT, ln_vision, Q-Former and projection. To be used by the thread that loaded it. */
@SuppressWarnings("DoNotCallSuggester")
public final class VisionEncoder implements AutoCloseable {
  private VisionEncoder() {}

  /** Loads the weights from a checkpoint with LAVIS names. */
  public static VisionEncoder load(Checkpoint checkpoint, ModelManifest.Vision vision, int storedImageSize,
      int llmHidden, Precision precision, int threads) {
    throw new UnsupportedOperationException("being built");
  }

  /** Image to embedding: [queries, llmHidden] row-major. */
  public float[] encode(PixelTensor image) {
    throw new UnsupportedOperationException("being built");
  }

  @Override
  public void close() {}
}
