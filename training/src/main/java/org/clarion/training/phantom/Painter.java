package org.clarion.training.phantom;

import org.clarion.training.phantom.raster.Chance;

/** Draws phantoms of one kind. Thread-safe. */
@FunctionalInterface
public interface Painter {
  /**
   * Draws a phantom.
   *
   * @param chance
   *          the only source of variety
   * @param size
   *          pixels of a side; the same draw at another size is the same picture, finer or coarser
   */
  Phantom paint(String id, long seed, Chance chance, int size);
}
