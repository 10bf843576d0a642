package org.clarion.engine.vision;

import java.util.Arrays;

/** The square of position embeddings for another number of patches. */
final class PositionGrid {
  /** Of the cubic; what image models are resampled with everywhere. */
  private static final double SHARPNESS = -0.75;
  private static final int TAPS = 4;

  private PositionGrid() {}

  /**
   * Resamples the patches' positions, bicubic, pixel centres at halves; what lies outside is the nearest inside.
   *
   * @param rows
   *          [1 + side * side, width]; the first belongs to no patch and stays
   * @return [1 + wanted * wanted, width]
   */
  static float[] resample(float[] rows, int width, int side, int wanted) {
    if (side == wanted) {
      return rows.clone();
    }
    float[] result = Arrays.copyOf(rows, (1 + wanted * wanted) * width);
    for (int y = 0; y < wanted; y++) {
      Taps down = Taps.of(y, side, wanted);
      for (int x = 0; x < wanted; x++) {
        Taps across = Taps.of(x, side, wanted);
        int to = (1 + y * wanted + x) * width;
        for (int c = 0; c < width; c++) {
          double sum = 0;
          for (int i = 0; i < TAPS; i++) {
            int from = (1 + down.index[i] * side) * width + c;
            double line = 0;
            for (int j = 0; j < TAPS; j++) {
              line += across.weight[j] * rows[from + across.index[j] * width];
            }
            sum += down.weight[i] * line;
          }
          result[to + c] = (float) sum;
        }
      }
    }
    return result;
  }

  /** Where one coordinate reads, and how much of each. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Taps(int[] index, double[] weight) {
    static Taps of(int at, int side, int wanted) {
      double source = (at + 0.5) * side / wanted - 0.5;
      int base = (int) Math.floor(source);
      Taps taps = new Taps(new int[TAPS], new double[TAPS]);
      for (int i = 0; i < TAPS; i++) {
        int index = base - 1 + i;
        taps.index[i] = Math.clamp(index, 0, side - 1);
        taps.weight[i] = cubic(Math.abs(source - index));
      }
      return taps;
    }

    private static double cubic(double x) {
      return x <= 1
          ? ((SHARPNESS + 2) * x - (SHARPNESS + 3)) * x * x + 1
          : ((x - 5) * x + 8) * x * SHARPNESS - 4 * SHARPNESS;
    }
  }
}
