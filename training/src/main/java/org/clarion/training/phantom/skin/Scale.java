package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Smooth;

/**
 * Flakes of dead skin.
 *
 * @param share
 *          how much of the place they cover, 0 to 1
 * @param fine
 *          flakes across the whole photo
 */
record Scale(Spot spot, double share, double fine) implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    Noise noise = new Noise(chance.next());
    Noise edge = new Noise(chance.next());
    double threshold = 0.75 - 1.1 * share;
    spot.each(photo.cover, 1.2, (column, row, far) -> {
      double x = photo.cover.middle(column) * fine;
      double y = photo.cover.middle(row) * fine;
      double flake = noise.rough(x, y * 0.7, 2) + 0.35 * noise.at(x / 3, y / 3);
      double within = Smooth.step(1, 0.75, far + 0.25 * edge.at(x / 4, y / 4));
      double white = Smooth.step(threshold, threshold + 0.34, flake) * within;
      photo.lay(column, row, 0.94, 0.92, 0.9, 0.82 * white);
      photo.height.add(column, row, 0.0015 * white * (0.5 + 0.5 * noise.at(x * 1.7, y * 1.7)));
    });
  }
}
