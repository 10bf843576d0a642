package org.clarion.scheduler.core;

/**
 * How long answers lately were, compared to what they might have been. Before any has ended they are taken to be as
 * long as they may. Not thread-safe.
 */
final class AnswerLengths {
  private static final double NEWS = 1.0 / 32;

  private double share = 1;

  /** An answer came to its own end. */
  void ended(Sequence sequence) {
    share += NEWS * ((double) sequence.generated / sequence.maxTokens - share);
  }

  /** Tokens of an answer that may have so many. */
  int expected(int maxTokens) {
    return (int) Math.ceil(share * maxTokens);
  }
}
