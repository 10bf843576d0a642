package org.clarion.gateway.dicom;

/**
 * What reading one file may cost.
 *
 * @param maxPixels
 *          rows times columns; a pixel takes up to five bytes here (two decoded, three in the result) and more inside a
 *          JPEG 2000 decoder
 * @param maxSide
 *          rows or columns
 * @param maxInflated
 *          bytes of a deflated data set once inflated
 */
public record DicomLimits(long maxPixels, int maxSide, int maxInflated) {
  /** No sensor in use has more pixels: a radiograph of 43 x 43 cm at 0.1 mm has 18 million. */
  private static final long MOST_PIXELS = 40L << 20;
  private static final int MOST_INFLATED = 64 << 20;

  public DicomLimits {
    if (maxPixels < 1 || maxPixels > MOST_PIXELS || maxSide < 1 || maxInflated < 1) {
      throw new IllegalArgumentException("DICOM limits must be above 0 and at most " + MOST_PIXELS + " pixels: "
          + maxPixels + " pixels, side " + maxSide + ", " + maxInflated + " bytes inflated");
    }
  }

  /** Limits for a place that takes pictures of some size; at most 40 Mi pixels and 64 MiB inflated. */
  public static DicomLimits of(long maxPixels, int maxSide) {
    return new DicomLimits(Math.min(maxPixels, MOST_PIXELS), maxSide, MOST_INFLATED);
  }

  void check(int rows, int columns) throws DicomException {
    if (rows > maxSide || columns > maxSide || (long) rows * columns > maxPixels) {
      throw new DicomException(Failure.TOO_LARGE, "the picture is " + columns + "x" + rows + " pixels, "
          + (long) rows * columns + " in all; at most " + maxPixels + " pixels and " + maxSide
          + " per side are accepted");
    }
  }
}
