package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.Extent;
import org.clarion.training.phantom.Side;
import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Smooth;

/** Fluid between lung and chest wall: it fills the costophrenic angle and climbs along the wall as a meniscus. */
final class Effusion implements Organ {
  private final Thorax thorax;
  private final Side side;
  private final double level;
  private final double climb;

  Effusion(Thorax thorax, Side side, Extent extent, Chance chance) {
    this.thorax = thorax;
    this.side = side;
    double dome = side == Side.RIGHT ? thorax.domeRight : thorax.domeLeft;
    this.level = switch (extent) {
      case SMALL, NONE -> dome + chance.between(0.0, 0.02);
      case MODERATE -> dome - chance.between(0.07, 0.11);
      case LARGE -> dome - chance.between(0.19, 0.25);
    };
    this.climb = extent == Extent.SMALL ? chance.between(0.09, 0.12) : chance.between(0.12, 0.16);
  }

  /** Height of the fluid's upper edge. */
  double surface(double away) {
    double out = Smooth.unit((away - 0.06) / (thorax.width - 0.06));
    return level - climb * out * out * out;
  }

  @Override
  public void draw(Film film) {
    int sign = Thorax.sign(side);
    film.each((pixel, u, v) -> {
      double away = sign * u;
      if (away > 0.02 && v > 0.25) {
        double below = v - surface(away);
        double dome = thorax.diaphragm(side, Math.min(away, thorax.width)) + 0.02;
        double within = Math.min(thorax.wall(v) + 0.004 - away, Math.min(away - 0.03, dome - v));
        double share = Smooth.step(-0.012, 0.03, below) * Smooth.inside(within, 0.012);
        // Where it meets something as dense no edge is left.
        film.blend(pixel, Math.max(0.735, film.bright.values()[pixel]), 0.93 * share);
        film.lung.values()[pixel] *= (float) (1 - share);
      }
    });
  }
}
