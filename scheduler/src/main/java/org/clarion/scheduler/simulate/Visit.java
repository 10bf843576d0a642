package org.clarion.scheduler.simulate;

import java.util.List;
import org.clarion.scheduler.core.ClinicalClass;

/**
 * A patient's conversation: an answer about images, and what is asked afterwards.
 *
 * @param at
 *          nanoseconds from the trace's start to the first question
 * @param clinic
 *          counts from 0
 * @param images
 *          of the first question
 * @param template
 *          tokens before the images with which all visits of the clinic begin, part of the first turn's prompt
 * @param turns
 *          at least one
 */
public record Visit(long at, int clinic, ClinicalClass clinical, int images, int template, List<Turn> turns) {
  /**
   * A question and its answer.
   *
   * @param think
   *          nanoseconds from the end of the previous answer to the question; the first turn's is not used
   * @param prompt
   *          tokens of the question's text
   * @param answer
   *          tokens of the answer
   * @param most
   *          tokens that the answer might have
   */
  public record Turn(long think, int prompt, int answer, int most) {
    public Turn {
      if (think < 0 || prompt < 1 || answer < 1 || most < answer) {
        throw new IllegalArgumentException("a turn of think time " + think + " ns, " + prompt + " prompt tokens and "
            + answer + " of at most " + most + " answer tokens");
      }
    }
  }

  public Visit {
    turns = List.copyOf(turns);
    if (at < 0 || clinic < 0 || images < 0 || template < 0 || turns.isEmpty()) {
      throw new IllegalArgumentException("a visit at " + at + " ns of clinic " + clinic + " with " + images
          + " images, a template of " + template + " tokens and " + turns.size() + " turns");
    }
    if (template >= turns.getFirst().prompt()) {
      throw new IllegalArgumentException("a template of " + template + " tokens leaves no question of a prompt of "
          + turns.getFirst().prompt());
    }
  }
}
