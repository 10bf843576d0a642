package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Plane;
import org.clarion.training.phantom.raster.Stroke;

/**
 * A film while it is being drawn: brightness from 0 (black: all radiation came through) to 1, and how the patient lies
 * on it. Points of the patient are {@code u, v} as in {@link Thorax}; points of the film are 0 to 1 from the top left.
 */
final class Film {
  /** What to do with each pixel. */
  @FunctionalInterface
  interface Work {
    void at(int pixel, double u, double v);
  }

  /** Brightness. */
  final Plane bright;
  /** Share of each pixel that is lung with air and vessels in it. */
  final Plane lung;

  private final int size;
  private final double cos;
  private final double sin;
  private final double zoom;
  private final double moveX;
  private final double moveY;

  /**
   * A dark film.
   *
   * @param unrest
   *          1 for the usual amount of tilt and shift of the patient, 0 for none
   */
  Film(int size, Chance chance, double unrest) {
    this.size = size;
    bright = new Plane(size);
    lung = new Plane(size);
    double tilt = unrest * chance.between(-0.07, 0.07);
    cos = StrictMath.cos(tilt);
    sin = StrictMath.sin(tilt);
    zoom = 1 + unrest * chance.between(-0.05, 0.06);
    moveX = 0.5 + unrest * chance.between(-0.025, 0.025);
    moveY = 0.5 + unrest * chance.between(-0.02, 0.03);
  }

  /** One pixel, in units of the film. */
  double pixel() {
    return 1.0 / size;
  }

  /** Goes over all pixels, row by row. */
  void each(Work work) {
    for (int row = 0; row < size; row++) {
      double y = (bright.middle(row) - moveY) / zoom;
      for (int column = 0; column < size; column++) {
        double x = (bright.middle(column) - moveX) / zoom;
        work.at(row * size + column, x * cos + y * sin, y * cos - x * sin + 0.5);
      }
    }
  }

  /** Goes over the pixels that a circle of the patient may touch. */
  void around(double u, double v, double radius, Work work) {
    int left = bright.pixel(x(u, v) - radius * zoom);
    int right = bright.pixel(x(u, v) + radius * zoom);
    int top = bright.pixel(y(u, v) - radius * zoom);
    int bottom = bright.pixel(y(u, v) + radius * zoom);
    for (int row = top; row <= bottom; row++) {
      double y = (bright.middle(row) - moveY) / zoom;
      for (int column = left; column <= right; column++) {
        double x = (bright.middle(column) - moveX) / zoom;
        work.at(row * size + column, x * cos + y * sin, y * cos - x * sin + 0.5);
      }
    }
  }

  /** Where a point of the patient lies on the film, from the left. */
  double x(double u, double v) {
    return (u * cos - (v - 0.5) * sin) * zoom + moveX;
  }

  /** Where a point of the patient lies on the film, from the top. */
  double y(double u, double v) {
    return (u * sin + (v - 0.5) * cos) * zoom + moveY;
  }

  /** Adds brightness. */
  void add(int pixel, double value) {
    bright.values()[pixel] += (float) value;
  }

  /** Moves brightness towards a value by a share. */
  void blend(int pixel, double value, double share) {
    float[] values = bright.values();
    values[pixel] += (float) ((value - values[pixel]) * share);
  }

  /** A smooth line through points of the patient, {@code u0, v0, u1, v1, ...}. */
  void curve(double width, Stroke.Ink ink, double... points) {
    Stroke.curve(bright, width * zoom, ink, onFilm(points));
  }

  /** A straight line between two points of the patient. */
  void line(Plane plane, double u0, double v0, double u1, double v1, double width0, double width1, Stroke.Ink ink) {
    Stroke.line(plane, x(u0, v0), y(u0, v0), x(u1, v1), y(u1, v1), width0 * zoom, width1 * zoom, ink);
  }

  private double[] onFilm(double... points) {
    double[] placed = new double[points.length];
    for (int i = 0; i < points.length; i += 2) {
      placed[i] = x(points[i], points[i + 1]);
      placed[i + 1] = y(points[i], points[i + 1]);
    }
    return placed;
  }
}
