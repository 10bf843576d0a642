package org.clarion.training.evaluate;

import java.util.OptionalDouble;

/** What came back for a {@link Query}. */
public sealed interface Reply {
  /**
   * An answer.
   *
   * @param confidence
   *          geometric mean of the probabilities of its tokens, where the model tells them
   * @param ended
   *          whether it ended by itself, and was not cut at the bound of tokens
   */
  record Answer(String text, OptionalDouble confidence, boolean ended) implements Reply {}

  /**
   * None.
   *
   * @param reason
   *          why, without any text of question or answer
   */
  record Failure(String reason) implements Reply {}
}
