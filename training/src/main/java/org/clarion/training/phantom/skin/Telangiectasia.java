package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Stroke;

/** Fine widened vessels that run over a lesion and branch. */
record Telangiectasia(Spot spot) implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    int count = chance.integer(5, 8);
    Stroke.Ink ink = (column, row, share) -> photo.blood.add(column, row, 1.1 * share);
    for (int i = 0; i < count; i++) {
      double angle = 6.28 * (i + chance.between(-0.3, 0.3)) / count;
      double x = spot.x();
      double y = spot.y();
      double r = spot.radius();
      double bend = chance.between(-0.7, 0.7);
      Stroke.curve(photo.blood, 0.0065, ink, x + r * 0.82 * StrictMath.cos(angle), y + r * 0.82 * StrictMath.sin(angle),
          x + r * 0.58 * StrictMath.cos(angle + bend * 0.5), y + r * 0.58 * StrictMath.sin(angle + bend * 0.5),
          x + r * 0.4
              * StrictMath.cos(angle + bend * 0.3),
          y + r * 0.3 * StrictMath.sin(angle + bend * 0.3));
    }
  }
}
