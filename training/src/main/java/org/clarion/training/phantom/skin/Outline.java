package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Plane;
import org.clarion.training.phantom.raster.Smooth;

/**
 * The border of a lesion: an oval with some ripple (irregular), more on one side than the other (asymmetric), sharp or
 * blurred.
 */
final class Outline {
  /**
   * How a border is.
   *
   * @param ripple
   *          0 for an oval, 0.4 for a coast
   * @param skew
   *          0 for symmetric, 0.5 for lopsided
   * @param blur
   *          width of the edge in radii
   */
  record Shape(double ripple, double skew, double blur) {}

  private final Spot spot;
  private final Shape shape;
  private final Noise noise;
  private final double stretch;
  private final double cos;
  private final double sin;

  Outline(Spot spot, Shape shape, Chance chance) {
    this.spot = spot;
    this.shape = shape;
    this.noise = new Noise(chance.next());
    this.stretch = chance.between(0.8, 1.25);
    double turn = chance.between(0, 6.28);
    this.cos = StrictMath.cos(turn);
    this.sin = StrictMath.sin(turn);
  }

  /** What to do with a pixel: its share inside and its distance from the middle, 1 on the border. */
  @FunctionalInterface
  interface Work {
    void at(int column, int row, double inside, double far);
  }

  /** Goes over the pixels inside and a little around. */
  void each(Plane plane, double radii, Work work) {
    spot.each(plane, radii, (column, row, round) -> {
      double x = (plane.middle(column) - spot.x()) / spot.radius();
      double y = (plane.middle(row) - spot.y()) / spot.radius();
      double along = (x * cos + y * sin) * stretch;
      double across = (y * cos - x * sin) / stretch;
      double far = Math.sqrt(along * along + across * across);
      if (shape.ripple() > 0) {
        far += shape.ripple() * noise.rough(x * 1.8, y * 1.8, 4) * Smooth.step(0.1, 0.7, far);
      }
      far += shape.skew() * along * Smooth.unit(far) * 0.6;
      double pixel = 1.0 / (plane.size() * spot.radius());
      work.at(column, row, Smooth.inside(1 - far, Math.max(shape.blur(), 1.5 * pixel)), far);
    });
  }
}
