package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Smooth;

/** A melanoma's picture: lopsided, with a coast for a border, and brown, black, blue-grey and red side by side. */
record PigmentedPatch(Spot spot) implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    Noise noise = new Noise(chance.next());
    double field = 1.6 / spot.radius();
    double towards = chance.between(0, 6.28);
    double blackX = StrictMath.cos(towards);
    double blackY = StrictMath.sin(towards);
    double turn = towards + chance.between(1.6, 4.6);
    double blueX = spot.x() + 0.42 * spot.radius() * StrictMath.cos(turn);
    double blueY = spot.y() + 0.42 * spot.radius() * StrictMath.sin(turn);
    new Outline(spot, new Outline.Shape(0.32, 0.3, 0.12), chance).each(photo.melanin, 2, (column, row, inside, far) -> {
      double x = photo.melanin.middle(column);
      double y = photo.melanin.middle(row);
      double uneven = noise.rough(x * field * 1.5, y * field * 1.5, 4);
      double side = ((x - spot.x()) * blackX + (y - spot.y()) * blackY) / spot.radius();
      double black = Smooth.step(0.05, 0.5, side + 0.35 * uneven);
      double blue = Smooth.step(0.46, 0.2,
          Math.sqrt((x - blueX) * (x - blueX) + (y - blueY) * (y - blueY)) / spot.radius()
              + 0.1 * uneven);
      photo.melanin.add(column, row, inside * (0.75 + 0.25 * uneven + 1.5 * black) * (1 - 0.75 * blue));
      photo.blood.add(column, row, inside * 0.25 * Smooth.step(0.1, 0.6, noise.at(x * field, y * field)));
      photo.lay(column, row, 0.3, 0.37, 0.47, 0.62 * blue * inside * (1 - black));
      photo.height.add(column, row, 0.002 * inside * (1 + uneven));
    });
  }
}
