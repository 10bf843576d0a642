package org.clarion.gateway.intake;

import java.time.Duration;

/**
 * What one upload may cost.
 *
 * @param maxBytes
 *          size of the file
 * @param maxPixels
 *          width times height; a decoded pixel takes three bytes, and six while the picture is being turned upright;
 *          DICOM is held to at most 40 Mi, since its decoders take more
 * @param maxSide
 *          width or height
 * @param deadline
 *          from submission to answer, waiting for a free decoder included
 */
public record ImageLimits(long maxBytes, long maxPixels, int maxSide, Duration deadline) {
  public ImageLimits {
    if (maxBytes < 1 || maxPixels < 1 || maxSide < 1 || !deadline.isPositive()) {
      throw new IllegalArgumentException("image limits must be above 0: " + maxBytes + " bytes, " + maxPixels
          + " pixels, side " + maxSide + ", " + deadline);
    }
    if (maxPixels > Integer.MAX_VALUE / 3 - 64) {
      throw new IllegalArgumentException("at most " + (Integer.MAX_VALUE / 3 - 64) + " pixels fit an array, not "
          + maxPixels);
    }
  }

  /** 25 MiB, 64 Mi pixels, side 16384, 10 seconds. */
  public static ImageLimits standard() {
    return new ImageLimits(25L << 20, 64L << 20, 16384, Duration.ofSeconds(10));
  }

  void checkBytes(long bytes) throws RefusedException {
    if (bytes > maxBytes) {
      throw new RefusedException(RefusalCode.TOO_LARGE,
          "the image has " + bytes + " bytes; at most " + maxBytes + " are accepted");
    }
  }

  void checkSize(long width, long height) throws RefusedException {
    if (width < 1 || height < 1) {
      throw new RefusedException(RefusalCode.DAMAGED, "the image says that it is " + width + "x" + height + " pixels");
    }
    if (width > maxSide || height > maxSide || width * height > maxPixels) {
      throw new RefusedException(RefusalCode.TOO_MANY_PIXELS,
          "the image is " + width + "x" + height + " pixels, " + width * height + " in all; at most " + maxPixels
              + " pixels and " + maxSide + " per side are accepted");
    }
  }
}
