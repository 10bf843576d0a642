package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.Extent;
import org.clarion.training.phantom.Side;
import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Smooth;

/**
 * Air between lung and chest wall: black and without vessels outside a thin bright line, the pleura of the smaller,
 * denser lung. Drawn before ribs, which cross it.
 */
final class Pneumothorax implements Organ {
  private final Thorax thorax;
  private final Side side;
  private final double gap;
  private final double fall;

  Pneumothorax(Thorax thorax, Side side, Extent extent, Chance chance) {
    this.thorax = thorax;
    this.side = side;
    this.gap = switch (extent) {
      case SMALL, NONE -> chance.between(0.052, 0.065);
      case MODERATE -> chance.between(0.08, 0.1);
      case LARGE -> chance.between(0.135, 0.17);
    };
    this.fall = extent == Extent.LARGE ? 0.5 : 0.15;
  }

  /** Distance inside the collapsed lung; below 0 in free air. */
  double collapsed(double u, double v) {
    // Air rises: the gap is widest over the apex and closes towards the base, unless there is much of it.
    double here = gap * Smooth.mix(fall, 1, Smooth.step(0.78, 0.3, v));
    double away = Math.abs(u);
    double across = thorax.wall(v) - away - here;
    double above = v - thorax.apex - 1.15 * gap;
    double corner = 0.05;
    // A rounded corner between the line over the apex and the line along the wall.
    double x = Math.max(corner - across, 0);
    double y = Math.max(corner - above, 0);
    return corner - Math.sqrt(x * x + y * y);
  }

  @Override
  public void draw(Film film) {
    int sign = Thorax.sign(side);
    double line = Math.max(0.0035, 0.55 * film.pixel());
    float[] lung = film.lung.values();
    film.each((pixel, u, v) -> {
      if (sign * u > 0.03) {
        double share = lung[pixel];
        if (share > 0.01) {
          double inside = collapsed(u, v);
          double air = Smooth.inside(-inside, 0.008) * share;
          film.blend(pixel, 0.035, 0.92 * air);
          film.add(pixel, share * (0.055 + gap * 0.35) * Smooth.inside(inside, 0.01));
          film.add(pixel, 0.3 * share * Smooth.bump(inside, line));
          lung[pixel] = (float) (share * (1 - air));
        }
      }
    });
  }
}
