package org.clarion.models.architecture;

import java.util.List;

/**
 * Shape of MedCLIP's image tower (XrayGPT's paper): a Swin transformer, the mean of its last rows, a projection without
 * bias, then the trained projection. An image is one position of the prompt.
 *
 * @param patch
 *          side of a patch, pixels
 * @param width
 *          width of the first stage; each further stage has twice the width and half the side
 * @param depths
 *          blocks of each stage
 * @param heads
 *          heads of each stage
 * @param window
 *          side of an attention window, patches
 * @param mlpRatio
 *          width of the MLP over that of its stage
 * @param featureWidth
 *          width after MedCLIP's own projection
 */
public record SwinConfig(int patch, int width, List<Integer> depths, List<Integer> heads, int window, int mlpRatio,
    int featureWidth) implements VisionConfig {
  public SwinConfig {
    depths = List.copyOf(depths);
    heads = List.copyOf(heads);
    if (depths.isEmpty() || depths.size() != heads.size()) {
      throw new IllegalArgumentException(
          depths.size() + " depths and " + heads.size() + " numbers of heads: one of each "
              + "for every stage, at least one");
    }
    for (int stage = 0; stage < heads.size(); stage++) {
      if (depths.get(stage) < 1 || heads.get(stage) < 1 || (width << stage) % heads.get(stage) != 0) {
        throw new IllegalArgumentException("stage " + stage + " of width " + (width << stage) + " cannot have "
            + depths.get(stage) + " blocks of " + heads.get(stage) + " heads");
      }
    }
  }

  /** Number of stages. */
  public int stages() {
    return depths.size();
  }

  /** Width of a stage. */
  public int width(int stage) {
    return width << stage;
  }

  @Override
  public int tokens(int imageSize) {
    return 1;
  }

  /** Every stage must consist of whole windows. */
  @Override
  public void checkImageSize(int imageSize) {
    VisionConfig.checkMultiple(imageSize, (patch * window) << (stages() - 1), "the last stage's window,");
  }
}
