package org.clarion.models.architecture;

/**
 * Shape of EVA-ViT, what follows it and the projection.
 *
 * @param patch
 *          side of a patch, pixels
 * @param width
 *          width of the ViT
 * @param blocks
 *          ViT blocks; further blocks in a file are ignored
 * @param heads
 *          ViT heads
 * @param mlp
 *          width of the ViT's MLP
 * @param bridge
 *          what lies between the ViT and the projection
 */
public record EvaConfig(int patch, int width, int blocks, int heads, int mlp, Bridge bridge) implements VisionConfig {

  /** The way from image rows to the projection's input. */
  public sealed interface Bridge {}

  /**
   * ln_vision, then learned queries that look at the image (BLIP-2, MiniGPT-4, SkinGPT-4, XrayGPT).
   *
   * @param queries
   *          learned query tokens
   * @param width
   *          width of the Q-Former
   * @param layers
   *          its layers, cross-attention in the even ones
   * @param heads
   *          its heads
   * @param mlp
   *          width of its MLP
   */
  public record QFormer(int queries, int width, int layers, int heads, int mlp) implements Bridge {}

  /**
   * ln_vision, then neighbouring patches side by side, without the class token (MiniGPT-4 with LLaMA-2).
   *
   * @param patches
   *          how many become one row
   */
  public record Concat(int patches) implements Bridge {}

  /** Rows of the position embedding for an image size: one for the class token, one for each patch. */
  public int positions(int imageSize) {
    int side = imageSize / patch;
    return 1 + side * side;
  }

  @Override
  public int featureWidth() {
    return switch (bridge) {
      case QFormer former -> former.width();
      case Concat concat -> concat.patches() * width;
    };
  }

  @Override
  public int tokens(int imageSize) {
    int side = imageSize / patch;
    return switch (bridge) {
      case QFormer former -> former.queries();
      case Concat concat -> side * side / concat.patches();
    };
  }

  @Override
  public void checkImageSize(int imageSize) {
    VisionConfig.checkMultiple(imageSize, patch, "the patch size");
    int side = imageSize / patch;
    if (bridge instanceof Concat concat && side * side % concat.patches() != 0) {
      throw new IllegalArgumentException("an image size of " + imageSize + " gives " + side * side
          + " patches, no multiple of " + concat.patches());
    }
  }
}
