package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Plane;
import org.clarion.training.phantom.raster.Smooth;
import org.clarion.training.phantom.raster.Stroke;

/** Clavicles, and the blades of the shoulders: over the lungs when the patient lies on the cassette. */
final class ShoulderGirdle implements Organ {
  private final Thorax thorax;
  private final Chance chance;
  private final boolean lying;

  ShoulderGirdle(Thorax thorax, Chance chance, boolean lying) {
    this.thorax = thorax;
    this.chance = chance;
    this.lying = lying;
  }

  @Override
  public void draw(Film film) {
    double rise = chance.between(-0.012, 0.012) - (lying ? 0.035 : 0);
    double inner = chance.between(0.19, 0.21) + rise;
    for (int sign = -1; sign <= 1; sign += 2) {
      clavicle(film, sign, inner);
      blade(film, sign, lying ? 0.245 : 0.335);
    }
  }

  private void clavicle(Film film, int sign, double inner) {
    Plane cover = new Plane(film.bright.size());
    Stroke.Ink best = (column, row, share) -> cover.set(column, row, Math.max(cover.at(column, row), share));
    double start = sign * 0.035 + thorax.turn;
    film.curve(0.032, best, start, inner, sign * 0.1, inner - 0.018, sign * 0.2, inner - 0.042, sign * 0.29, inner
        - 0.085, sign * 0.38, inner - 0.1);
    Stroke.each(cover, (column, row, share) -> film.bright.add(column, row, 0.13 * share));
    Plane core = new Plane(film.bright.size());
    Stroke.Ink marrow = (column, row, share) -> core.set(column, row, Math.max(core.at(column, row), share));
    film.curve(0.016, marrow, start, inner, sign * 0.1, inner - 0.018, sign * 0.2, inner - 0.042, sign * 0.29, inner
        - 0.085, sign * 0.38, inner - 0.1);
    Stroke.each(core, (column, row, share) -> film.bright.add(column, row, -0.045 * share));
  }

  private void blade(Film film, int sign, double inner) {
    film.each((pixel, u, v) -> {
      double out = sign * u - inner - 0.35 * (v - 0.3) * (v - 0.3);
      double high = Math.min(v - 0.14, 0.45 - v - 0.8 * Math.max(0, out - 0.03));
      if (out > -0.01 && high > 0 && out < 0.17) {
        double edge = Smooth.bump(out, 0.005);
        film.add(pixel, (0.055 * Smooth.inside(out, 0.006) + 0.08 * edge) * Smooth.step(0, 0.04, high)
            * Smooth.step(0.17, 0.1, out));
      }
    });
    // The head of the humerus.
    double headU = sign * 0.44;
    film.around(headU, 0.17, 0.075, (pixel, u, v) -> {
      double far = Math.sqrt((u - headU) * (u - headU) + (v - 0.17) * (v - 0.17));
      film.add(pixel, 0.13 * Smooth.inside(0.055 - far, 0.01));
    });
  }
}
