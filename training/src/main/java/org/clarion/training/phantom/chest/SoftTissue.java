package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Smooth;

/**
 * Skin, fat and muscle around the chest, with the neck and shoulders.
 *
 * @param breasts
 *          how much their shadows add to the lower chest
 */
record SoftTissue(Thorax thorax, Noise noise, double breasts) implements Organ {
  @Override
  public void draw(Film film) {
    film.each((pixel, u, v) -> {
      double away = Math.abs(u);
      double depth = thorax.body(v) - away;
      if (depth > -0.03) {
        double thick = 0.44 + 0.16 * Smooth.step(0, 0.12, depth) + 0.03 * noise.at(u * 9, v * 9);
        film.add(pixel, thick * Smooth.inside(depth - 0.004, 0.025));
      }
    });
  }

  /** The shadow of a breast, added to what is there. */
  double breast(double away, double v) {
    double x = (away - 0.22) / 0.17;
    double y = (v - 0.56) / 0.16;
    return breasts * Smooth.step(1, 0.55, x * x + y * y);
  }
}
