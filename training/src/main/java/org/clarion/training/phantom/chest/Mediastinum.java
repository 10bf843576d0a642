package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Smooth;

/** Heart and great vessels in one outline, with the air of the trachea and main bronchi inside. */
record Mediastinum(Thorax thorax, Noise noise) implements Organ {
  /** Where the trachea divides. */
  static final double CARINA = 0.36;

  @Override
  public void draw(Film film) {
    film.each((pixel, u, v) -> {
      double inside = thorax.mediastinum(u, v);
      if (inside > -0.02) {
        double heart = Smooth.step(0.36, 0.52, v);
        double level = Smooth.mix(0.56, 0.69, heart) + 0.05 * Smooth.step(0, 0.1, inside)
            + 0.02 * noise.at(u * 8, v * 8);
        double firm = Smooth.inside(inside, 0.016);
        // Above the lungs there is neck, which is drawn already.
        film.blend(pixel, level, firm * Smooth.step(0.08, 0.16, v));
        film.lung.values()[pixel] *= (float) (1 - firm);
      }
      film.add(pixel, -0.17 * airway(u - thorax.turn - thorax.shift, v));
    });
  }

  private static double airway(double u, double v) {
    if (v < CARINA) {
      return Smooth.inside(0.017 - Math.abs(u), 0.01) * Smooth.step(0, 0.05, v);
    }
    double down = v - CARINA;
    double right = Math.abs(u + 0.5 * down);
    double left = Math.abs(u - 0.95 * down);
    return Smooth.inside(0.012 - Math.min(right, left), 0.01) * Smooth.step(0.085, 0.03, down);
  }
}
