package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Smooth;

/**
 * An arm or a leg on a cloth: skin only between two nearly upright lines, rounded towards them.
 *
 * @param half
 *          half its width
 */
record Limb(double half) implements Mark {
  @Override
  public void draw(Photo photo, Chance chance) {
    Noise weave = new Noise(chance.next());
    double slant = chance.between(-0.12, 0.12);
    double taper = chance.between(-0.05, 0.05);
    double[] cloth = chance.of(new double[]{0.25, 0.42, 0.62}, new double[]{0.2, 0.48, 0.42}, new double[]{0.75, 0.76,
        0.78}, new double[]{0.3, 0.31, 0.35}, new double[]{0.62, 0.66, 0.75});
    int size = photo.size();
    for (int row = 0; row < size; row++) {
      double y = photo.cover.middle(row) - 0.5;
      double wide = half + taper * y;
      for (int column = 0; column < size; column++) {
        double x = photo.cover.middle(column);
        double off = (x - 0.5 - slant * y) / wide;
        double edge = Smooth.inside(1 - Math.abs(off), 3.0 / (size * wide));
        photo.height.add(column, row, -0.11 * off * off * off * off);
        if (edge < 1) {
          double thread = 1 + 0.12 * weave.at(x * 90, y * 30) + 0.12 * weave.at(x * 30, y * 90);
          double shadow = 1 - 0.45 * Smooth.step(1.25, 1, Math.abs(off));
          double shade = thread * shadow;
          photo.lay(column, row, cloth[0] * shade, cloth[1] * shade, cloth[2] * shade, 1 - edge);
          photo.height.set(column, row, photo.height.at(column, row) * edge);
        }
      }
    }
  }
}
