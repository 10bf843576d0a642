package org.clarion.engine.vision;

import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.checkpoint.SwinWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.manifest.ModelManifest;

/** Makes image towers. */
public final class ImageTowers {
  private ImageTowers() {}

  /**
   * Loads the weights; the calling thread owns the tower from then on.
   *
   * @param weights
   *          checked already; not used afterwards
   * @param vision
   *          the image size to expect, which may differ from the one that the positions were trained for (they are
   *          resampled then, bicubic), and how pixels are normalised
   * @throws IllegalArgumentException
   *           when the graph cannot take images of that size, or there are not three means and deviations
   * @throws org.clarion.engine.script.EngineStartException
   *           when libtorch is missing, or has no such device
   */
  public static ImageTower load(VisionWeights weights, ModelManifest.Vision vision, TowerOptions options) {
    return switch (weights) {
      case EvaWeights eva -> EvaTower.load(eva, vision, options);
      case SwinWeights swin -> SwinTower.load(swin, vision, options);
    };
  }
}
