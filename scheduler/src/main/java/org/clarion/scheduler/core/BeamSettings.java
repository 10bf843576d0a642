package org.clarion.scheduler.core;

/**
 * How a beam search goes. It looks for the likeliest whole answer as Hugging Face's {@code generate} with
 * {@code num_beams} and without sampling does.
 *
 * @param width
 *          open answers kept at every step
 * @param lengthPenalty
 *          an ended answer's score is its log probability divided by its length to the power of this
 * @param stopping
 *          when a search with {@code width} ended answers is over
 */
public record BeamSettings(int width, float lengthPenalty, Stopping stopping) {
  public static final int MAX_WIDTH = 10;

  /** When a search with enough ended answers is over. */
  public enum Stopping {
    /** At once. */
    ALWAYS,
    /** When no open answer, ended now, would be better than the worst ended one. */
    HEURISTIC,
    /** When no open answer could become better than the worst ended one. */
    NEVER
  }

  public BeamSettings {
    if (width < 2 || width > MAX_WIDTH) {
      throw new IllegalArgumentException("a beam search of width " + width + " is not in [2, " + MAX_WIDTH + "]");
    }
    if (!(Math.abs(lengthPenalty) <= 10)) {
      throw new IllegalArgumentException("length_penalty " + lengthPenalty + " is not in [-10, 10]");
    }
  }
}
