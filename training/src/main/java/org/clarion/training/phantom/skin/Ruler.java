package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Letters;

/** A paper ruler along the left or right edge, ticked in millimetres. */
record Ruler(boolean right) implements Mark {
  private static final double WIDE = 0.1;

  @Override
  public void draw(Photo photo, Chance chance) {
    int size = photo.size();
    double millimetre = chance.between(0.019, 0.026);
    double from = right ? 1 - WIDE : 0;
    for (int row = 0; row < size; row++) {
      double y = photo.cover.middle(row);
      double place = y / millimetre;
      int tick = (int) place;
      boolean line = place - tick < Math.max(0.22, 1 / (millimetre * size) * 0.9);
      double reach = tick % 10 == 0 ? 0.6 : tick % 5 == 0 ? 0.45 : 0.28;
      for (int column = photo.cover.pixel(from); column <= photo.cover.pixel(from + WIDE - 1e-6); column++) {
        double across = (photo.cover.middle(column) - from) / WIDE;
        boolean ink = line && (right ? across < reach : across > 1 - reach);
        double shade = ink ? 0.12 : 0.93;
        photo.lay(column, row, shade, shade, shade * 0.98, 1);
        photo.wet.set(column, row, 0);
        photo.height.set(column, row, 0);
      }
    }
    int dot = Math.max(1, size / 224);
    for (int centimetre = 1; centimetre * 10 * millimetre < 0.9; centimetre++) {
      int top = (int) (centimetre * 10 * millimetre * size) - 3 * dot;
      int left = (int) ((right ? 1 - 0.35 * WIDE : 0.1 * WIDE) * size);
      Letters.draw(photo.cover, Integer.toString(centimetre), left, top, dot, (column, row, share) -> photo.lay(column,
          row, 0.12, 0.12, 0.12, share));
    }
  }
}
