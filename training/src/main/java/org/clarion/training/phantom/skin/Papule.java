package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Smooth;

/**
 * A small raised spot; a nodule when it is big. Its shape is a dome.
 *
 * @param melanin
 *          added pigment
 * @param blood
 *          added redness, with a fainter halo of one more radius
 * @param wet
 *          gloss: 0 dull, 1 like a pearl
 */
record Papule(Spot spot, double melanin, double blood, double wet) implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    new Outline(spot, new Outline.Shape(0.06, 0, 0.12), chance).each(photo.height, 2.2, (column, row, inside, far) -> {
      double rest = Math.max(0, 1 - far * far);
      double dome = rest * Math.sqrt(rest);
      photo.height.add(column, row, spot.radius() * 0.42 * dome);
      photo.melanin.add(column, row, melanin * inside);
      photo.blood.add(column, row, blood * (0.75 * inside + 0.3 * Smooth.step(2.2, 0.8, far)));
      photo.wet.add(column, row, wet * inside);
    });
  }
}
