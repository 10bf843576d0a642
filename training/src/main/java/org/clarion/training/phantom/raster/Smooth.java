package org.clarion.training.phantom.raster;

/** Soft steps and mixtures. */
public final class Smooth {
  private Smooth() {}

  /** 0 below {@code from}, 1 above {@code to}, smooth between (cubic). */
  public static double step(double from, double to, double value) {
    double t = unit((value - from) / (to - from));
    return t * t * (3 - 2 * t);
  }

  /** 1 where {@code distance} is well above 0, 0 well below, over a transition of this width. */
  public static double inside(double distance, double width) {
    return step(-width / 2, width / 2, distance);
  }

  /** A bump of height 1 and this half-width at 0 (falls to 0 at twice the half-width). */
  public static double bump(double distance, double halfWidth) {
    double t = distance / (2 * halfWidth);
    double rest = 1 - t * t;
    return rest <= 0 ? 0 : rest * rest;
  }

  /** Kept within 0 and 1. */
  public static double unit(double value) {
    return value < 0 ? 0 : Math.min(value, 1);
  }

  /** {@code a} at share 0, {@code b} at 1. */
  public static double mix(double a, double b, double share) {
    return a + (b - a) * share;
  }
}
