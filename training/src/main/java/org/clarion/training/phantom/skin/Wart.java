package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Smooth;

/** A seborrhoeic keratosis: a brown, cobbled, dull plaque that looks stuck on, with pits and pale beads of horn. */
record Wart(Spot spot, double melanin) implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    new Plaque(spot, new Outline.Shape(0.1, 0, 0.05), melanin, 0.05, 1).draw(photo, chance);
    int count = chance.integer(9, 16);
    for (int i = 0; i < count; i++) {
      double far = 0.82 * Math.sqrt(chance.unit());
      double angle = chance.between(0, 6.28);
      boolean pale = chance.happens(0.5);
      Spot bead = new Spot(spot.x() + far * spot.radius() * StrictMath.cos(angle), spot.y() + far * spot.radius()
          * StrictMath.sin(angle), spot.radius() * chance.between(0.05, 0.09));
      bead.each(photo.cover, 1.4, (column, row, away) -> {
        double share = Smooth.step(1.2, 0.7, away);
        photo.lay(column, row, pale ? 0.85 : 0.13, pale ? 0.76 : 0.08, pale ? 0.55 : 0.05, 0.8 * share);
        photo.height.add(column, row, (pale ? 0.004 : -0.004) * share);
      });
    }
  }
}
