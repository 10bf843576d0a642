package org.clarion.training.evaluate;

import java.util.Optional;
import org.clarion.training.phantom.FirstQuestions;

/**
 * What is asked about a picture: one question for all pictures of a kind, so that a difference between two answers is
 * the pictures' doing.
 *
 * @param only
 *          asked about every picture instead
 */
public record Questions(Optional<String> only) {
  private static final String CHEST = FirstQuestions.CHEST.getFirst();
  private static final String SKIN = FirstQuestions.SKIN.getFirst();
  private static final String OTHER = FirstQuestions.GENERAL.getFirst();

  /** The question; pictures of other things are asked about as if they were one or the other, by turns. */
  String about(Truth truth, int index) {
    return only.orElseGet(() -> switch (truth) {
      case Truth.Chest _ -> CHEST;
      case Truth.Skin _ -> SKIN;
      case Truth.Distractor _ -> index % 2 == 0 ? CHEST : SKIN;
      case Truth.Unknown _ -> OTHER;
    });
  }
}
