package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Smooth;

/** A dome full of clear fluid: a vesicle, or a bulla when it is big. It gleams, and is yellowish within. */
record Blister(Spot spot) implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    double yellow = chance.between(0.25, 0.4);
    new Outline(spot, new Outline.Shape(0.05, 0, 0.1), chance).each(photo.height, 1.5, (column, row, inside, far) -> {
      double rest = Math.max(0, 1 - far * far);
      double dome = rest * Math.sqrt(rest);
      photo.height.add(column, row, spot.radius() * 0.5 * dome);
      photo.wet.add(column, row, 0.4 * inside);
      photo.lay(column, row, 0.97, 0.86, 0.62, yellow * inside);
      photo.blood.add(column, row, 0.4 * Smooth.bump(far - 1.05, 0.13));
    });
    // A window's reflection, which no dry lesion shows.
    Spot gleam = new Spot(spot.x() - spot.radius() * 0.35, spot.y() - spot.radius() * 0.4, spot.radius() * 0.22);
    gleam.each(photo.cover, 1.3, (column, row, far) -> photo.lay(column, row, 1, 1, 0.98, 0.85 * Smooth.step(1.2, 0.6,
        far)));
  }
}
