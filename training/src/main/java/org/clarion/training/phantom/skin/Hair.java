package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Stroke;

/** Hairs across the picture, thin and curved. */
record Hair(int count) implements Mark {
  private static final int PIECES = 6;

  @Override
  public void draw(Photo photo, Chance chance) {
    double dark = chance.between(0.06, 0.22);
    double lie = chance.between(0, 6.28);
    for (int i = 0; i < count; i++) {
      double x = chance.unit();
      double y = chance.unit();
      double angle = lie + chance.between(-0.6, 0.6);
      double length = chance.between(0.1, 0.3);
      double bend = chance.between(-0.06, 0.06);
      double dx = length * StrictMath.cos(angle);
      double dy = length * StrictMath.sin(angle);
      Stroke.Ink ink = (column, row, share) -> photo.lay(column, row, dark * 1.25, dark, dark * 0.8, 0.8 * share);
      double width = chance.between(0.002, 0.0036);
      for (int piece = 0; piece < PIECES; piece++) {
        double from = (double) piece / PIECES;
        double to = (piece + 1.0) / PIECES;
        double outFrom = 4 * bend * from * (1 - from);
        double outTo = 4 * bend * to * (1 - to);
        Stroke.line(photo.cover, x + from * dx - outFrom * dy / length, y + from * dy + outFrom * dx / length,
            x + to * dx
                - outTo * dy / length,
            y + to * dy + outTo * dx / length, width * (1 - 0.6 * from), width * (1 - 0.6 * to),
            ink);
      }
    }
  }
}
