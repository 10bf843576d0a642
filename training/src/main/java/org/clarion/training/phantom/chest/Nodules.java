package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.Extent;
import org.clarion.training.phantom.Side;
import org.clarion.training.phantom.Zone;
import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Smooth;

/** One or a few round opacities with smooth or lobulated edges. */
final class Nodules implements Organ {
  private final Thorax thorax;
  private final Side side;
  private final Zone zone;
  private final double radius;
  private final int count;
  private final Chance chance;

  Nodules(Thorax thorax, Side side, Zone zone, Extent extent, int count, Chance chance) {
    this.thorax = thorax;
    this.side = side;
    this.zone = zone;
    this.radius = switch (extent) {
      case SMALL, NONE -> chance.between(0.019, 0.023);
      case MODERATE -> chance.between(0.028, 0.033);
      case LARGE -> chance.between(0.041, 0.05);
    };
    this.count = count;
    this.chance = chance;
  }

  @Override
  public void draw(Film film) {
    double[] us = new double[count];
    double[] vs = new double[count];
    for (int i = 0; i < count; i++) {
      place(us, vs, i);
      one(film, us[i], vs[i], radius * chance.between(0.9, 1.1));
    }
  }

  /** Within the zone, inside the lung, beside the heart and away from those before. */
  private void place(double[] us, double[] vs, int i) {
    double best = Double.NEGATIVE_INFINITY;
    for (int attempt = 0; attempt < 24; attempt++) {
      double v = thorax.middle(side, zone) + chance.between(-0.055, 0.055);
      double u = Thorax.sign(side) * chance.between(0.08, 0.34);
      double room = Math.min(thorax.lung(u, v) - 0.012, -thorax.mediastinum(u, v)) - radius;
      for (int other = 0; other < i; other++) {
        double du = u - us[other];
        double dv = v - vs[other];
        room = Math.min(room, Math.sqrt(du * du + dv * dv) - 2.6 * radius);
      }
      if (room > best) {
        best = room;
        us[i] = u;
        vs[i] = v;
      }
      if (room > 0) {
        return;
      }
    }
  }

  private void one(Film film, double u, double v, double size) {
    Noise noise = new Noise(chance.next());
    double lobes = chance.between(0.02, 0.14);
    film.around(u, v, size * 1.6, (pixel, x, y) -> {
      double far = Math.sqrt((x - u) * (x - u) + (y - v) * (y - v)) / size + lobes * noise.at(x * 60, y * 60);
      double share = Smooth.step(1.12, 0.86, far);
      film.blend(pixel, 0.66, 0.8 * share);
    });
  }
}
