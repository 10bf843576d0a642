package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Noise;

/**
 * Dried exudate in lumps of a colour.
 *
 * @param red
 *          0 to 1, as the other two
 */
record Crust(Spot spot, double red, double green, double blue) implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    Noise noise = new Noise(chance.next());
    double lumps = 2.2 / spot.radius();
    new Outline(spot, new Outline.Shape(0.4, 0.1, 0.22), chance).each(photo.cover, 1.8, (column, row, inside, far) -> {
      double x = photo.cover.middle(column) * lumps;
      double y = photo.cover.middle(row) * lumps;
      double lump = noise.rough(x, y, 3);
      double shade = 1 + 0.18 * lump;
      photo.lay(column, row, red * shade, green * shade, blue * shade, 0.93 * inside);
      photo.height.add(column, row, 0.006 * inside * (0.8 + 0.6 * lump));
      photo.wet.add(column, row, 0.12 * inside);
    });
  }
}
