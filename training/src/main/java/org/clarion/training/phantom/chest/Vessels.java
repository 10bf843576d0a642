package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Plane;
import org.clarion.training.phantom.raster.Smooth;

/** The hila, and arteries that branch from them and thin out towards the edge of each lung. */
final class Vessels implements Organ {
  private static final int GENERATIONS = 5;

  private final Thorax thorax;
  private final Chance chance;

  Vessels(Thorax thorax, Chance chance) {
    this.thorax = thorax;
    this.chance = chance;
  }

  @Override
  public void draw(Film film) {
    Plane cover = new Plane(film.bright.size());
    for (int sign = -1; sign <= 1; sign += 2) {
      double u = sign * 0.085 + thorax.shift;
      double v = sign < 0 ? 0.45 : 0.43;
      hilum(film, u, v);
      int roots = 6;
      for (int i = 0; i < roots; i++) {
        double angle = Smooth.mix(-1.25, 1.3, (i + chance.between(0.2, 0.8)) / roots);
        branch(film, cover, u, v, sign, angle, 0.0145, 0);
      }
    }
    float[] values = cover.values();
    float[] lung = film.lung.values();
    for (int i = 0; i < values.length; i++) {
      film.add(i, 0.2 * Smooth.unit(values[i]) * lung[i]);
    }
  }

  private void hilum(Film film, double u, double v) {
    film.around(u, v, 0.09, (pixel, x, y) -> {
      double far = Math.sqrt((x - u) * (x - u) * 2.2 + (y - v) * (y - v) * 0.8);
      film.add(pixel, 0.17 * Smooth.bump(far, 0.033));
    });
  }

  private void branch(Film film, Plane cover, double u, double v, int sign, double angle, double width,
      int generation) {
    double length = chance.between(0.045, 0.085) * (generation == 0 ? 1.1 : 1);
    double u1 = u + sign * length * StrictMath.cos(angle);
    double v1 = v + length * StrictMath.sin(angle);
    double thin = width * 0.74;
    double strength = 1 - 0.13 * generation;
    film.line(cover, u, v, u1, v1, width, thin, (column, row, share) -> cover.set(column, row, Math.max(cover.at(column,
        row), share * strength)));
    if (generation < GENERATIONS && thorax.lung(u1, v1) > 0.015) {
      double spread = chance.between(0.2, 0.62);
      branch(film, cover, u1, v1, sign, angle + spread * chance.between(0.5, 1), thin, generation + 1);
      branch(film, cover, u1, v1, sign, angle - spread * chance.between(0.5, 1), thin * 0.85, generation + 1);
    }
  }
}
