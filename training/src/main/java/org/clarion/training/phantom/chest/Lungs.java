package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Smooth;

/** Two lungs full of air: dark, a little brighter towards the base, softly mottled. */
record Lungs(Thorax thorax, SoftTissue wall, Noise noise, double level) implements Organ {
  @Override
  public void draw(Film film) {
    float[] share = film.lung.values();
    film.each((pixel, u, v) -> {
      double inside = thorax.lung(u, v);
      if (inside > -0.02) {
        double mask = Smooth.inside(inside, 0.014);
        double away = Math.abs(u);
        double air = level + 0.07 * (v - 0.4) + 0.035 * noise.rough(u * 14, v * 14, 2)
            + 0.1 * Smooth.step(0.06, 0, inside) + wall.breast(away, v);
        film.blend(pixel, air, mask * 0.96);
        share[pixel] = (float) mask;
      }
    });
  }
}
