package org.clarion.scheduler.simulate;

/**
 * The image encoders, shared by all replicas.
 *
 * @param workers
 *          how many encode at a time
 * @param batch
 *          images that one of them takes at a time
 * @param fixed
 *          nanoseconds of every batch, the way there and back included
 * @param image
 *          nanoseconds of every image
 */
public record VisionCost(int workers, int batch, long fixed, long image) {
  public VisionCost {
    if (workers < 1 || batch < 1 || fixed < 0 || image < 0) {
      throw new IllegalArgumentException("vision workers " + workers + " and batch " + batch
          + " must be at least 1, the times " + fixed + " and " + image + " ns not negative");
    }
  }
}
