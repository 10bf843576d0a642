package org.clarion.training.phantom.distractor;

import java.awt.image.BufferedImage;
import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Images;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Plane;
import org.clarion.training.phantom.raster.Smooth;
import org.clarion.training.phantom.raster.Stroke;
import org.clarion.training.phantom.raster.SyntheticMark;

/** A colour picture while it is drawn. Positions are 0 to 1 from the top left. */
final class Sketch {
  /** A colour, 0 to 1 a channel. */
  record Colour(double red, double green, double blue) {
    static Colour any(Chance chance) {
      return new Colour(chance.unit(), chance.unit(), chance.unit());
    }

    static Colour grey(double level) {
      return new Colour(level, level, level);
    }

    Colour times(double shade) {
      return new Colour(red * shade, green * shade, blue * shade);
    }
  }

  /** Whether a point is inside, as a distance to the border: above 0 inside. */
  @FunctionalInterface
  interface Shape {
    double inside(double x, double y);
  }

  /** The colour of a point. */
  @FunctionalInterface
  interface Paint {
    Colour at(double x, double y);
  }

  final Plane red;
  private final Plane green;
  private final Plane blue;

  Sketch(int size) {
    red = new Plane(size);
    green = new Plane(size);
    blue = new Plane(size);
  }

  /** Paints a shape with a soft edge. */
  void fill(Shape shape, Paint paint) {
    int size = red.size();
    double edge = 1.5 / size;
    for (int row = 0; row < size; row++) {
      double y = red.middle(row);
      for (int column = 0; column < size; column++) {
        double x = red.middle(column);
        double share = Smooth.inside(shape.inside(x, y), edge);
        if (share > 0) {
          dot(column, row, paint.at(x, y), share);
        }
      }
    }
  }

  /** Paints a shape in one colour. */
  void fill(Shape shape, Colour colour) {
    fill(shape, (_, _) -> colour);
  }

  /** Paints everything. */
  void ground(Paint paint) {
    fill((_, _) -> 1, paint);
  }

  /** A straight line. */
  void line(double x0, double y0, double x1, double y1, double width, Colour colour) {
    Stroke.line(red, x0, y0, x1, y1, width, width, (column, row, share) -> dot(column, row, colour, share));
  }

  /** Paints a share of a pixel. */
  void dot(int column, int row, Colour colour, double share) {
    red.blend(column, row, colour.red(), share);
    green.blend(column, row, colour.green(), share);
    blue.blend(column, row, colour.blue(), share);
  }

  /** The picture, with grain and the mark; grey when asked. */
  BufferedImage finish(Chance chance, boolean grey) {
    double grain = chance.between(0.004, 0.02);
    for (Plane plane : new Plane[]{red, green, blue}) {
      new Noise(chance.next()).grain(plane, grain);
      SyntheticMark.burn(plane, 1);
    }
    return grey ? Images.colour(green, green, green) : Images.colour(red, green, blue);
  }

  /** Inside a circle. */
  static Shape circle(double x, double y, double radius) {
    return (px, py) -> radius - Math.sqrt((px - x) * (px - x) + (py - y) * (py - y));
  }

  /** Inside an oval. */
  static Shape oval(double x, double y, double across, double down) {
    return (px, py) -> {
      double dx = (px - x) / across;
      double dy = (py - y) / down;
      return (1 - Math.sqrt(dx * dx + dy * dy)) * Math.min(across, down);
    };
  }

  /** Inside a box. */
  static Shape box(double left, double top, double right, double bottom) {
    return (x, y) -> Math.min(Math.min(x - left, right - x), Math.min(y - top, bottom - y));
  }
}
