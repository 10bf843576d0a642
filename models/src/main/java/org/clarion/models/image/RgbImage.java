package org.clarion.models.image;

/**
 * An 8-bit colour picture, row-major, three bytes R, G, B per pixel.
 *
 * @param width
 *          pixels, at least 1
 * @param height
 *          pixels, at least 1
 * @param rgb
 *          owned by the picture: not to be changed after construction
 */
public record RgbImage(int width, int height, byte[] rgb) {
  public RgbImage {
    if (width <= 0 || height <= 0 || rgb.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "a " + width + "x" + height + " picture has " + 3L * width * height + " bytes, not " + rgb.length);
    }
  }
}
