package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.Side;
import org.clarion.training.phantom.View;
import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Letters;
import org.clarion.training.phantom.raster.Noise;
import org.clarion.training.phantom.raster.Plane;
import org.clarion.training.phantom.raster.Smooth;
import org.clarion.training.phantom.raster.SyntheticMark;

/** Exposure, grain, the collimator's shutters and the markers of lead. */
final class Finish {
  private final Chance chance;
  private final boolean grainy;

  Finish(Chance chance, boolean grainy) {
    this.chance = chance;
    this.grainy = grainy;
  }

  /**
   * Finishes a film.
   *
   * @param marker
   *          which side's letter is shown, {@link Side#NONE} for none
   */
  void apply(Film film, Side marker, View view) {
    Plane bright = film.bright;
    tone(bright);
    double fog = chance.between(0.006, grainy ? 0.026 : 0.018);
    new Noise(chance.next()).grain(bright, fog);
    shutters(bright);
    markers(bright, marker, view);
    SyntheticMark.burn(bright, 1);
    float[] values = bright.values();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Smooth.unit(values[i]);
    }
  }

  /** A window and a bend of the response curve. */
  private void tone(Plane bright) {
    double gain = chance.between(0.94, 1.14);
    double offset = chance.between(-0.03, 0.04);
    double bend = chance.between(-0.22, 0.18);
    float[] values = bright.values();
    for (int i = 0; i < values.length; i++) {
      double value = Smooth.unit(values[i] * gain + offset);
      values[i] = (float) (value + bend * value * (1 - value));
    }
  }

  private void shutters(Plane bright) {
    double left = chance.happens(0.5) ? chance.between(0, 0.03) : -1;
    double right = 1 - (chance.happens(0.5) ? chance.between(0, 0.03) : -1);
    double top = chance.happens(0.3) ? chance.between(0, 0.025) : -1;
    double bottom = 1 - (chance.happens(0.4) ? chance.between(0, 0.025) : -1);
    double edge = 1.0 / bright.size();
    for (int row = 0; row < bright.size(); row++) {
      double y = bright.middle(row);
      double down = Smooth.inside(y - top, edge) * Smooth.inside(bottom - y, edge);
      for (int column = 0; column < bright.size(); column++) {
        double x = bright.middle(column);
        bright.blend(column, row, 0.01, 1 - down * Smooth.inside(x - left, edge) * Smooth.inside(right - x, edge));
      }
    }
  }

  private void markers(Plane bright, Side marker, View view) {
    if (marker == Side.NONE) {
      return;
    }
    int size = bright.size();
    int dot = Math.max(1, size / 130);
    // The patient's left is at the right of the film.
    String letter = marker == Side.LEFT ? "L" : "R";
    int width = Letters.width(letter, dot);
    int left = (int) (size * (marker == Side.LEFT ? chance.between(0.88, 0.93) : chance.between(0.05, 0.08)));
    int top = (int) (size * chance.between(0.03, 0.08));
    Letters.draw(bright, letter, Math.min(left, size - width - 1), top, dot,
        (column, row, share) -> bright.blend(column,
            row, 0.98, share));
    if (view == View.AP) {
      int small = Math.max(1, size / 220);
      Letters.draw(bright, "AP", Math.min(left, size - Letters.width("AP", small) - 1),
          top + (Letters.HEIGHT + 2) * dot,
          small, (column, row, share) -> bright.blend(column, row, 0.9, share));
    }
  }
}
