package org.clarion.training.phantom.raster;

/** The word that every phantom carries in its pixels, at the bottom: nobody shall take one for a patient. */
public final class SyntheticMark {
  /** The word. */
  public static final String WORD = "SYNTHETIC";

  private SyntheticMark() {}

  /** Burns the word in, on a dark strip. */
  public static void burn(Plane plane, double bright) {
    int size = plane.size();
    int dot = Math.max(1, size / 200);
    int width = Letters.width(WORD, dot);
    int left = (size - width) / 2;
    int top = size - (Letters.HEIGHT + 2) * dot;
    for (int row = Math.max(0, top - dot); row < size; row++) {
      for (int column = Math.max(0, left - 2 * dot); column < Math.min(size, left + width + 2 * dot); column++) {
        plane.blend(column, row, 0, 0.75);
      }
    }
    Letters.draw(plane, WORD, left, top, dot, (column, row, share) -> plane.blend(column, row, bright, share));
  }
}
