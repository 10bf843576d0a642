package org.clarion.gateway.dicom;

/**
 * Of the stored values of a frame, padding and all samples included.
 *
 * @param mean
 *          exact sum, divided once
 */
public record PixelStatistics(long min, long max, double mean) {
  static PixelStatistics of(Samples samples) {
    long min = Long.MAX_VALUE;
    long max = Long.MIN_VALUE;
    // At most 2^26 values of 32 bits.
    long sum = 0;
    for (int i = 0; i < samples.count(); i++) {
      long value = samples.at(i);
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
    }
    return new PixelStatistics(min, max, (double) sum / samples.count());
  }
}
