package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Smooth;

/** An even brown spot with a net of pigment that fades at the border. */
record Mole(Spot spot, double melanin) implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    Noise noise = new Noise(chance.next());
    double net = 7 / spot.radius();
    new Outline(spot, new Outline.Shape(0.07, 0, 0.14), chance).each(photo.melanin, 1.5, (column, row, inside, far) -> {
      double x = photo.melanin.middle(column) * net;
      double y = photo.melanin.middle(row) * net;
      // Lines of a net lie where a field crosses 0.
      double lines = Smooth.bump(noise.at(x, y), 0.16);
      photo.melanin.add(column, row, melanin * inside * (0.85 + 0.3 * lines + 0.25 * Smooth.step(0.9, 0.2, far)));
      photo.height.add(column, row, 0.003 * Smooth.step(1.1, 0.4, far));
    });
  }
}
