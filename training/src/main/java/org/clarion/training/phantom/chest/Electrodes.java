package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Stroke;

/** Stickers and wires of a heart monitor, as on most films taken in bed. */
record Electrodes(Chance chance) implements Organ {
  @Override
  public void draw(Film film) {
    for (int sign = -1; sign <= 1; sign += 2) {
      double u = sign * chance.between(0.3, 0.36);
      double v = chance.between(0.2, 0.28);
      Stroke.Ink ring = (column, row, share) -> film.bright.add(column, row, 0.16 * share);
      film.line(film.bright, u, v, u, v, 0.028, 0.028, ring);
      film.line(film.bright, u, v, u, v, 0.012, 0.012, ring);
      Stroke.Ink wire = (column, row, share) -> film.bright.add(column, row, 0.14 * share);
      film.curve(0.003, wire, u, v, u + sign * 0.05, v + chance.between(0.1, 0.2), u + sign * 0.03, v + 0.4, u + sign
          * chance.between(0.02, 0.1), 1.05);
    }
  }
}
