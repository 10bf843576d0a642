package org.clarion.training.phantom.raster;

/** A smooth function of one number through given points (Catmull-Rom), tabulated; constant outside. */
public final class Curve {
  private static final int STEPS = 256;

  private final double from;
  private final double scale;
  private final float[] table = new float[STEPS + 1];

  private Curve(double[] x, double[] y) {
    from = x[0];
    scale = STEPS / (x[x.length - 1] - from);
    int piece = 0;
    for (int i = 0; i <= STEPS; i++) {
      double at = from + i / scale;
      while (piece < x.length - 2 && at > x[piece + 1]) {
        piece++;
      }
      table[i] = (float) value(x, y, piece, at);
    }
  }

  /** Through {@code x0, y0, x1, y1, ...} with rising x. */
  public static Curve through(double... points) {
    int count = points.length / 2;
    double[] x = new double[count];
    double[] y = new double[count];
    for (int i = 0; i < count; i++) {
      x[i] = points[2 * i];
      y[i] = points[2 * i + 1];
    }
    return new Curve(x, y);
  }

  /** The value at x. */
  public double at(double x) {
    double t = (x - from) * scale;
    if (t <= 0) {
      return table[0];
    }
    if (t >= STEPS) {
      return table[STEPS];
    }
    int i = (int) t;
    return table[i] + (table[i + 1] - table[i]) * (t - i);
  }

  private static double value(double[] x, double[] y, int i, double at) {
    double width = x[i + 1] - x[i];
    double t = (at - x[i]) / width;
    double slope0 = i == 0 ? (y[1] - y[0]) / width : (y[i + 1] - y[i - 1]) / (x[i + 1] - x[i - 1]);
    double slope1 = i + 2 == x.length ? (y[i + 1] - y[i]) / width : (y[i + 2] - y[i]) / (x[i + 2] - x[i]);
    double t2 = t * t;
    double t3 = t2 * t;
    return (2 * t3 - 3 * t2 + 1) * y[i] + (t3 - 2 * t2 + t) * width * slope0 + (3 * t2 - 2 * t3) * y[i + 1]
        + (t3 - t2) * width * slope1;
  }
}
