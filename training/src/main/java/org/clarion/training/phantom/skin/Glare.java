package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Smooth;

/** A lamp's or flash's reflection, broken by the skin's relief, away from the middle. */
record Glare() implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    Noise noise = new Noise(chance.next());
    double angle = chance.between(0, 6.28);
    Spot spot = new Spot(0.5 + 0.36 * StrictMath.cos(angle), 0.45 + 0.33 * StrictMath.sin(angle), chance.between(0.06,
        0.11));
    spot.each(photo.cover, 2, (column, row, far) -> {
      double grain = noise.rough(photo.cover.middle(column) * 60, photo.cover.middle(row) * 60, 2);
      photo.lay(column, row, 1, 0.99, 0.97, 0.6 * Smooth.step(1.7, 0, far + 0.2 * grain));
    });
  }
}
