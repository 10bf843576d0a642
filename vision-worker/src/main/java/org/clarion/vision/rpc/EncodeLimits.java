package org.clarion.vision.rpc;

/**
 * What the service takes.
 *
 * @param model
 *          id of the model
 * @param imageSize
 *          side of the square, pixels
 * @param tokens
 *          positions of one image
 * @param hidden
 *          width of the decoder
 * @param imagesPerCall
 *          most images of one call
 * @param destinations
 *          most destinations of one image
 * @param imagesInProgress
 *          most images of all calls, from the start of their pixels to the last acknowledgement; at most half of them
 *          one tenant's
 */
public record EncodeLimits(String model, int imageSize, int tokens, int hidden, int imagesPerCall, int destinations,
    int imagesInProgress) {
  /** Bytes of one pixel tensor. */
  public int imageBytes() {
    return Math.multiplyExact(3, Math.multiplyExact(imageSize, imageSize));
  }

  /** Receipts that one call can come to. */
  int receipts() {
    return imagesPerCall * (2 + destinations);
  }
}
