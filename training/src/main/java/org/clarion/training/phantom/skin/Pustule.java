package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Smooth;

/** A red papule with a head of pus. */
record Pustule(Spot spot) implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    new Papule(spot, 0, 0.85, 0.2).draw(photo, chance);
    new Spot(spot.x(), spot.y(), spot.radius() * 0.55).each(photo.cover, 1.3,
        (column, row, far) -> photo.lay(column, row,
            0.97, 0.93, 0.7, 0.9 * Smooth.step(1.15, 0.75, far)));
  }
}
