package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.Extent;
import org.clarion.training.phantom.Side;
import org.clarion.training.phantom.Zone;
import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Plane;
import org.clarion.training.phantom.raster.Smooth;

/** Air spaces full of fluid: a patchy cloud with ragged edges in which the bronchi stay dark. */
final class Consolidation implements Organ {
  private final Side side;
  private final double u;
  private final double v;
  private final double radius;
  private final Chance chance;

  Consolidation(Thorax thorax, Side side, Zone zone, Extent extent, Chance chance) {
    this.side = side;
    this.v = thorax.middle(side, zone) + chance.between(-0.02, 0.02);
    double wall = thorax.wall(v);
    // The heart hides what lies behind it.
    double inner = Math.max(0.08, thorax.mediastinum(Thorax.sign(side) * 0.2, v) + 0.2);
    this.u = Thorax.sign(side) * Smooth.mix(Math.min(inner, wall - 0.09), wall, chance.between(0.42, 0.6));
    this.radius = switch (extent) {
      case SMALL, NONE -> chance.between(0.06, 0.07);
      case MODERATE -> chance.between(0.085, 0.1);
      case LARGE -> chance.between(0.125, 0.15);
    };
    this.chance = chance;
  }

  @Override
  public void draw(Film film) {
    Noise noise = new Noise(chance.next());
    Plane bronchi = bronchi(film);
    float[] lung = film.lung.values();
    film.around(u, v, radius * 1.7, (pixel, x, y) -> {
      double far = Math.sqrt((x - u) * (x - u) * 1.15 + (y - v) * (y - v)) / radius;
      double ragged = far + 0.34 * noise.rough(x * 16, y * 16, 3);
      double share = lung[pixel] * Smooth.step(1.2, 0.6, ragged);
      double patchy = 0.63 + 0.07 * noise.at(x * 40, y * 40) - 0.2 * bronchi.values()[pixel];
      film.blend(pixel, patchy, 0.82 * share);
    });
  }

  private Plane bronchi(Film film) {
    Plane cover = new Plane(film.bright.size());
    int sign = Thorax.sign(side);
    for (int i = 0; i < 4; i++) {
      double angle = chance.between(-1, 1);
      double u0 = u - sign * radius * 0.7;
      double v0 = v - 0.3 * radius + chance.between(-0.3, 0.3) * radius;
      double u1 = u0 + sign * radius * 1.2 * StrictMath.cos(angle);
      film.line(cover, u0, v0, u1, v0 + radius * StrictMath.sin(angle), 0.008, 0.004, (column, row, share) -> cover.set(
          column, row, Math.max(cover.at(column, row), share)));
    }
    return cover;
  }
}
