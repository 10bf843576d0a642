package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Plane;

/** A round place on a photo, in units of its side. */
record Spot(double x, double y, double radius) {
  /** What to do with a pixel at a distance in radii. */
  @FunctionalInterface
  interface Work {
    void at(int column, int row, double far);
  }

  /** Goes over the pixels within so many radii. */
  void each(Plane plane, double radii, Work work) {
    double reach = radius * radii;
    int left = plane.pixel(x - reach);
    int right = plane.pixel(x + reach);
    int top = plane.pixel(y - reach);
    int bottom = plane.pixel(y + reach);
    for (int row = top; row <= bottom; row++) {
      double dy = plane.middle(row) - y;
      for (int column = left; column <= right; column++) {
        double dx = plane.middle(column) - x;
        work.at(column, row, Math.sqrt(dx * dx + dy * dy) / radius);
      }
    }
  }

  /** Distance between the middles. */
  double to(Spot other) {
    double dx = x - other.x;
    double dy = y - other.y;
    return Math.sqrt(dx * dx + dy * dy);
  }
}
