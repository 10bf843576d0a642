package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Smooth;

/** A plaque that heals in the middle while it grows: a red, scaly, raised rim. */
record Ring(Spot spot, double blood) implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    Noise flakes = new Noise(chance.next());
    new Outline(spot, new Outline.Shape(0.14, 0, 0.1), chance).each(photo.blood, 1.7, (column, row, inside, far) -> {
      double rim = Smooth.bump(far - 0.86, 0.12);
      photo.blood.add(column, row, blood * (rim + 0.16 * inside));
      photo.height.add(column, row, 0.005 * rim);
      double flake = flakes.at(photo.blood.middle(column) * 70, photo.blood.middle(row) * 70);
      photo.lay(column, row, 0.95, 0.92, 0.88, 0.75 * Smooth.step(0.25, 0.5, flake) * Smooth.bump(far - 0.8, 0.08));
    });
  }
}
