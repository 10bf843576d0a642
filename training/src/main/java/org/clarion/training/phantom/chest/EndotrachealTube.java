package org.clarion.training.phantom.chest;

import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.raster.Stroke;

/** A tube in the trachea: a faint wall with a bright thread, its tip above the carina. */
record EndotrachealTube(Thorax thorax, Chance chance) implements Organ {
  @Override
  public void draw(Film film) {
    double middle = thorax.turn + thorax.shift;
    double tip = Mediastinum.CARINA - chance.between(0.06, 0.1);
    double lean = chance.between(-0.006, 0.006);
    Stroke.Ink wall = (column, row, share) -> film.bright.add(column, row, 0.11 * share);
    Stroke.Ink thread = (column, row, share) -> film.bright.blend(column, row, 0.97, 0.85 * share);
    film.curve(0.022, wall, middle + lean, -0.03, middle + lean, tip * 0.5, middle, tip);
    film.curve(0.006, thread, middle + lean + 0.009, -0.03, middle + lean + 0.009, tip * 0.5, middle + 0.009, tip);
    film.curve(0.006, thread, middle + lean - 0.009, -0.03, middle + lean - 0.009, tip * 0.5, middle - 0.009, tip
        - 0.01);
  }
}
