package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Smooth;

/** Vertebrae behind the mediastinum: bright bodies, darker discs, spinous processes. */
final class Spine implements Organ {
  private final double step;
  private final double first;
  private final double strength;
  private final double bend;

  Spine(Chance chance, double strength) {
    this.step = chance.between(0.05, 0.056);
    this.first = chance.between(0, 0.05);
    this.strength = strength;
    this.bend = chance.between(-0.012, 0.012);
  }

  @Override
  public void draw(Film film) {
    film.each((pixel, u, v) -> {
      double middle = u - bend * StrictMath.sin(v * 4);
      double away = Math.abs(middle);
      if (away < 0.06) {
        double place = (v - first) / step;
        double body = place - Math.floor(place);
        double between = Smooth.step(0.1, 0.2, body) * Smooth.step(1, 0.9, body);
        double bone = Smooth.inside(0.032 - away, 0.02) * (0.45 + 0.55 * between);
        double process = Smooth.bump(away, 0.005) * Smooth.bump(body - 0.6, 0.16);
        double pedicle = Smooth.bump(away - 0.022, 0.004) * Smooth.bump(body - 0.4, 0.12);
        film.add(pixel, strength * (bone + 0.7 * process + 0.6 * pedicle));
      }
    });
  }
}
