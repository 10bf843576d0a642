package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Smooth;

/**
 * Broad and raised with a flat top.
 *
 * @param rough
 *          how bumpy its top is, 0 for smooth, 1 for a wart
 */
record Plaque(Spot spot, Outline.Shape shape, double melanin, double blood, double rough) implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    Noise noise = new Noise(chance.next());
    double bumps = 1.6 / spot.radius();
    new Outline(spot, shape, chance).each(photo.height, 1.7, (column, row, inside, far) -> {
      double x = photo.height.middle(column) * bumps;
      double y = photo.height.middle(row) * bumps;
      double bump = noise.rough(x * 2, y * 2, 3);
      photo.height.add(column, row, 0.006 * Smooth.step(1.15, 0.8, far) + 0.007 * rough * bump * inside);
      photo.melanin.add(column, row, melanin * inside * (1 + 0.35 * rough * bump));
      photo.blood.add(column, row, blood * inside * (1 + 0.15 * bump));
    });
  }
}
