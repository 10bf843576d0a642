package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Smooth;

/** Lost skin: a raw, dark red hollow. */
record Ulcer(Spot spot) implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    new Outline(spot, new Outline.Shape(0.3, 0.1, 0.2), chance).each(photo.cover, 1.6, (column, row, inside, far) -> {
      photo.lay(column, row, 0.42, 0.1, 0.09, 0.85 * inside);
      photo.height.add(column, row, -0.008 * inside * Smooth.step(1.1, 0.5, far));
      photo.wet.add(column, row, 0.2 * inside);
    });
  }
}
