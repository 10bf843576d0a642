package org.clarion.gateway.dicom;

import java.util.function.BooleanSupplier;

/**
 * Stored values to 8-bit grey: modality, window, inversion, rounding, padding. Every step looks at one value only, so
 * that the whole way is tabulated where the values are few.
 */
record GreyRenderer(ModalityTransform modality, Voi voi, boolean inverted, Padding padding) {
  private static final int MOST_TABULATED = 1 << 17;
  private static final int STRIDE = 1 << 20;

  /** Three equal bytes a pixel. */
  byte[] rgb(Samples samples, PixelStatistics range, BooleanSupplier stop) throws DicomException {
    byte[] rgb = new byte[3 * samples.count()];
    boolean few = range.max() - range.min() < MOST_TABULATED;
    byte[] table = new byte[few ? (int) (range.max() - range.min()) + 1 : 0];
    for (int i = 0; i < table.length; i++) {
      table[i] = level(range.min() + i);
    }
    for (int i = 0; i < samples.count(); i++) {
      if (i % STRIDE == 0 && stop.getAsBoolean()) {
        throw new DicomException(Failure.TOO_LARGE, "nobody waits for the picture any more");
      }
      long stored = samples.at(i);
      byte level = few ? table[(int) (stored - range.min())] : level(stored);
      rgb[3 * i] = level;
      rgb[3 * i + 1] = level;
      rgb[3 * i + 2] = level;
    }
    return rgb;
  }

  private byte level(long stored) {
    if (padding.covers(stored)) {
      return 0;
    }
    double grey = voi.grey(modality.value(modality.key(stored)));
    return (byte) Math.floor((inverted ? 255 - grey : grey) + 0.5);
  }
}
