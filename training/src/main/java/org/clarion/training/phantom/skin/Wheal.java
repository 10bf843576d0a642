package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Smooth;

/** A swelling of the skin: pale and smooth within, red around. */
record Wheal(Spot spot) implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    new Outline(spot, new Outline.Shape(0.2, 0.1, 0.3), chance).each(photo.blood, 2, (column, row, inside, far) -> {
      photo.height.add(column, row, 0.009 * Smooth.step(1.1, 0.6, far));
      photo.blood.add(column, row, 0.62 * Smooth.bump(far - 1.02, 0.3) + 0.2 * inside);
      photo.lay(column, row, 0.97, 0.84, 0.78, 0.3 * Smooth.step(0.85, 0.5, far));
    });
  }
}
