package org.clarion.training.phantom.raster;

/** Lines with round ends, drawn with soft edges. */
public final class Stroke {
  /** What to do with a pixel that a line covers by a share of 0 to 1. */
  @FunctionalInterface
  public interface Ink {
    void cover(int column, int row, double share);
  }

  private Stroke() {}

  /** A line whose width changes from one end to the other; lengths in units of the side. */
  public static void line(Plane plane, double x0, double y0, double x1, double y1, double width0, double width1,
      Ink ink) {
    int size = plane.size();
    double pixel = 1.0 / size;
    double reach = Math.max(width0, width1) / 2 + pixel;
    int left = Math.max(0, (int) StrictMath.floor((Math.min(x0, x1) - reach) * size));
    int right = Math.min(size - 1, (int) StrictMath.ceil((Math.max(x0, x1) + reach) * size));
    int top = Math.max(0, (int) StrictMath.floor((Math.min(y0, y1) - reach) * size));
    int bottom = Math.min(size - 1, (int) StrictMath.ceil((Math.max(y0, y1) + reach) * size));
    double dx = x1 - x0;
    double dy = y1 - y0;
    double square = dx * dx + dy * dy;
    for (int row = top; row <= bottom; row++) {
      double y = plane.middle(row) - y0;
      for (int column = left; column <= right; column++) {
        double x = plane.middle(column) - x0;
        double t = square == 0 ? 0 : Smooth.unit((x * dx + y * dy) / square);
        double ex = x - t * dx;
        double ey = y - t * dy;
        double far = ex * ex + ey * ey;
        double half = Smooth.mix(width0, width1, t) / 2;
        if (far < (half + pixel) * (half + pixel)) {
          // A line thinner than a pixel covers a part of it, so that thickness survives at every resolution.
          double thin = Math.min(1, 2 * half / pixel);
          ink.cover(column, row, thin * Smooth.unit((half - Math.sqrt(far)) / pixel + 0.5 + 0.5 * (1 - thin)));
        }
      }
    }
  }

  /** A chain of lines through {@code x0, y0, x1, y1, ...}; where two meet a pixel may be inked twice. */
  public static void chain(Plane plane, double width, Ink ink, double... points) {
    for (int i = 0; i + 3 < points.length; i += 2) {
      line(plane, points[i], points[i + 1], points[i + 2], points[i + 3], width, width, ink);
    }
  }

  /** A smooth curve through points, as a chain that inks every pixel once, by its best cover. */
  public static void curve(Plane plane, double width, Ink ink, double... points) {
    int count = points.length / 2;
    double[] along = new double[count];
    double[] xs = new double[2 * count];
    double[] ys = new double[2 * count];
    for (int i = 0; i < count; i++) {
      if (i > 0) {
        along[i] = along[i - 1] + Math.max(1e-6, length(points, i));
      }
      xs[2 * i] = along[i];
      xs[2 * i + 1] = points[2 * i];
      ys[2 * i] = along[i];
      ys[2 * i + 1] = points[2 * i + 1];
    }
    Curve x = Curve.through(xs);
    Curve y = Curve.through(ys);
    double total = along[count - 1];
    int pieces = Math.clamp((long) (total * 40), 4, 60);
    Plane cover = new Plane(plane.size());
    Ink best = (column, row, share) -> cover.set(column, row, Math.max(cover.at(column, row), share));
    for (int i = 0; i < pieces; i++) {
      double a = total * i / pieces;
      double b = total * (i + 1) / pieces;
      line(plane, x.at(a), y.at(a), x.at(b), y.at(b), width, width, best);
    }
    each(cover, ink);
  }

  /** Inks every pixel of a cover that is not 0. */
  public static void each(Plane cover, Ink ink) {
    float[] values = cover.values();
    for (int i = 0; i < values.length; i++) {
      if (values[i] > 0) {
        ink.cover(i % cover.size(), i / cover.size(), values[i]);
      }
    }
  }

  private static double length(double[] points, int i) {
    double dx = points[2 * i] - points[2 * i - 2];
    double dy = points[2 * i + 1] - points[2 * i - 1];
    return Math.sqrt(dx * dx + dy * dy);
  }
}
