package org.clarion.training.phantom.chest;

/** Something that is drawn on a film, on top of what is there. */
@FunctionalInterface
interface Organ {
  void draw(Film film);
}
