package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Noise;

/**
 * Flat, to be seen and not to be felt; a patch when it is broad.
 *
 * @param melanin
 *          added pigment, below 0 for paler than the skin around
 * @param blood
 *          added redness
 * @param mottle
 *          how uneven, 0 to 1
 */
record Macule(Spot spot, Outline.Shape shape, double melanin, double blood, double mottle) implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    Noise noise = new Noise(chance.next());
    new Outline(spot, shape, chance).each(photo.melanin, 1.9, (column, row, inside, far) -> {
      double uneven = 1 + mottle * noise.rough(photo.melanin.middle(column) * 22, photo.melanin.middle(row) * 22, 3);
      photo.melanin.add(column, row, melanin * inside * uneven);
      photo.blood.add(column, row, blood * inside * uneven);
    });
  }
}
