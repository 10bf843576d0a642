package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Smooth;
import org.clarion.training.phantom.raster.Stroke;

/** The round field of a dermatoscope, dark outside, with small bubbles of the contact fluid. */
record Dermatoscope() implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    double radius = chance.between(0.5, 0.6);
    int bubbles = chance.integer(0, 6);
    for (int i = 0; i < bubbles; i++) {
      double angle = chance.between(0, 6.28);
      Spot bubble = new Spot(0.5 + 0.4 * StrictMath.cos(angle), 0.5 + 0.4 * StrictMath.sin(angle), chance.between(0.01,
          0.025));
      Stroke.Ink ink = (column, row, share) -> photo.lay(column, row, 1, 1, 1, share);
      bubble.each(photo.cover, 1.5, (column, row, far) -> ink.cover(column, row, 0.45 * Smooth.bump(far - 1, 0.1)));
    }
    new Spot(0.5, 0.5, radius).each(photo.cover, 2, (column, row, far) -> photo.lay(column, row, 0.03, 0.03, 0.035,
        Smooth.step(0.97, 1.03, far)));
  }
}
