package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.Side;
import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Stroke;

/** A catheter from below a clavicle to the superior vena cava, which lies to the right of the midline. */
record CentralLine(Thorax thorax, Side side, Chance chance) implements Organ {
  @Override
  public void draw(Film film) {
    int sign = Thorax.sign(side);
    double enter = chance.between(0.24, 0.27);
    double cava = -0.037 + thorax.turn + thorax.shift;
    double start = sign * chance.between(0.29, 0.33);
    double tip = chance.between(0.4, 0.46);
    Stroke.Ink ink = (column, row, share) -> film.bright.blend(column, row, 0.95, 0.88 * share);
    if (side == Side.RIGHT) {
      film.curve(0.0058, ink, start, enter, start * 0.75, enter - 0.05, -0.13, enter - 0.055, cava - 0.03, enter - 0.02,
          cava, enter + 0.05, cava, tip);
    } else {
      film.curve(0.0058, ink, start, enter, start * 0.75, enter - 0.05, 0.12, enter - 0.05, 0.03, enter + 0.02, cava
          + 0.012, enter + 0.065, cava, enter + 0.11, cava, tip + 0.01);
    }
    // The hub outside the body.
    film.line(film.bright, start, enter, start + sign * 0.035, enter + 0.05, 0.013, 0.018, ink);
  }
}
