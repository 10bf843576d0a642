package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Plane;

/** Healthy skin: fine furrows that cross, pores, blotches, and now and then freckles. */
final class Surface {
  private Surface() {}

  static void draw(Photo photo, Chance chance, Tint tint) {
    double fine = chance.between(38, 60);
    double slant = chance.between(0.5, 2);
    Noise furrows = new Noise(chance.next());
    furrows.addTo(photo.height, fine * slant, fine / slant, 0.0003);
    new Noise(chance.next()).addTo(photo.height, fine / slant, fine * slant, 0.0003);
    new Noise(chance.next()).addTo(photo.height, fine * 2.3, fine * 2.3, 0.0002);
    new Noise(chance.next()).addTo(photo.blood, 5, 5, 0.05);
    new Noise(chance.next()).addTo(photo.melanin, 4, 4, 0.035);
    new Noise(chance.next()).addTo(photo.melanin, 14, 14, 0.02);
    new Noise(chance.next()).addTo(photo.blood, 30, 30, 0.025);
    if (tint.monk() < 6 && chance.happens(0.15)) {
      freckles(photo.melanin, chance);
    }
  }

  private static void freckles(Plane melanin, Chance chance) {
    int count = chance.integer(8, 25);
    for (int i = 0; i < count; i++) {
      Spot spot = new Spot(chance.unit(), chance.unit(), chance.between(0.004, 0.009));
      double strength = chance.between(0.08, 0.2);
      spot.each(melanin, 1.6, (column, row, far) -> melanin.add(column, row, strength * Math.max(0, 1 - far * far
          * 0.6)));
    }
  }
}
