package org.clarion.training.phantom.skin;

import org.clarion.training.phantom.raster.Chance;

/** Something on the skin that is drawn on a photo, on top of what is there. */
@FunctionalInterface
interface Mark {
  void draw(Photo photo, Chance chance);
}
