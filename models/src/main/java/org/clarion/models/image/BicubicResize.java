package org.clarion.models.image;

import java.util.Arrays;

/**
 * Pillow's bicubic resampling, bit for bit: two passes, each rounded to 8 bits, fixed-point weights of 22 fraction
 * bits. A pass is skipped where that axis keeps its size.
 *
 * <p>
 * Pure and thread-safe. Each source pixel is read about four times per pass, whatever the reduction; the intermediate
 * picture has the target's width and the source's height.
 */
public final class BicubicResize {
  private static final int PRECISION_BITS = 22;
  private static final int HALF = 1 << (PRECISION_BITS - 1);
  private static final double SUPPORT = 2;

  private BicubicResize() {}

  /**
   * Resamples a picture; the aspect ratio is not kept.
   *
   * @throws IllegalArgumentException
   *           when a target side is below 1
   */
  public static RgbImage resize(RgbImage source, int width, int height) {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException("a picture cannot be resized to " + width + "x" + height);
    }
    if (verticalFirst(source, width, height)) {
      RgbImage lowered = vertical(source, height);
      return width == source.width() ? lowered : horizontal(lowered, width);
    }
    RgbImage narrowed = width == source.width() ? source : horizontal(source, width);
    return height == source.height() ? narrowed : vertical(narrowed, height);
  }

  /** Pillow 13 begins with the pass that loses more than twice as many lines; the order shows in the rounding. */
  private static boolean verticalFirst(RgbImage source, int width, int height) {
    int lostRows = source.height() - height;
    return lostRows > 0 && lostRows > 2L * (source.width() - width);
  }

  private static RgbImage horizontal(RgbImage source, int width) {
    Taps taps = Taps.of(source.width(), width);
    byte[] in = source.rgb();
    byte[] out = new byte[3 * width * source.height()];
    int to = 0;
    for (int y = 0; y < source.height(); y++) {
      int row = 3 * source.width() * y;
      for (int x = 0; x < width; x++) {
        int red = HALF;
        int green = HALF;
        int blue = HALF;
        int from = row + 3 * taps.first[x];
        int weight = x * taps.most;
        for (int end = weight + taps.count[x]; weight < end; weight++, from += 3) {
          int w = taps.weights[weight];
          red += (in[from] & 0xFF) * w;
          green += (in[from + 1] & 0xFF) * w;
          blue += (in[from + 2] & 0xFF) * w;
        }
        out[to++] = clip(red);
        out[to++] = clip(green);
        out[to++] = clip(blue);
      }
    }
    return new RgbImage(width, source.height(), out);
  }

  private static RgbImage vertical(RgbImage source, int height) {
    Taps taps = Taps.of(source.height(), height);
    int stride = 3 * source.width();
    byte[] in = source.rgb();
    byte[] out = new byte[stride * height];
    int[] sums = new int[stride];
    for (int y = 0; y < height; y++) {
      Arrays.fill(sums, HALF);
      for (int tap = 0; tap < taps.count[y]; tap++) {
        int w = taps.weights[y * taps.most + tap];
        int row = (taps.first[y] + tap) * stride;
        for (int i = 0; i < stride; i++) {
          sums[i] += (in[row + i] & 0xFF) * w;
        }
      }
      for (int i = 0; i < stride; i++) {
        out[y * stride + i] = clip(sums[i]);
      }
    }
    return new RgbImage(source.width(), height, out);
  }

  private static byte clip(int sum) {
    return (byte) Math.clamp(sum >> PRECISION_BITS, 0, 255);
  }

  /** Which source pixels make each target pixel, and with what weight. */
  private record Taps(int most, int[] first, int[] count, int[] weights) {
    static Taps of(int in, int out) {
      double scale = (double) in / out;
      double filterScale = Math.max(scale, 1);
      double support = SUPPORT * filterScale;
      int most = (int) Math.ceil(support) * 2 + 1;
      Taps taps = new Taps(most, new int[out], new int[out], new int[Math.multiplyExact(out, most)]);
      double[] exact = new double[most];
      for (int i = 0; i < out; i++) {
        double centre = (i + 0.5) * scale;
        int first = Math.max(0, (int) (centre - support + 0.5));
        int end = Math.min(in, (int) (centre + support + 0.5));
        double sum = 0;
        for (int tap = 0; tap < end - first; tap++) {
          exact[tap] = cubic((tap + first - centre + 0.5) * (1 / filterScale));
          sum += exact[tap];
        }
        taps.first[i] = first;
        taps.count[i] = end - first;
        for (int tap = 0; tap < end - first; tap++) {
          double weight = (sum != 0 ? exact[tap] / sum : exact[tap]) * (1 << PRECISION_BITS);
          taps.weights[i * most + tap] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
        }
      }
      return taps;
    }

    /** Keys' cubic with a = -0.5. */
    private static double cubic(double x) {
      double d = Math.abs(x);
      if (d < 1) {
        return (1.5 * d - 2.5) * d * d + 1;
      }
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * -0.5 : 0;
    }
  }
}
