package org.clarion.engine.kernel;

/** What a step's time goes to. */
public enum KernelWork {
  /** Matrix products with weights. */
  LINEAR,
  /** Scores, softmax and mixed values; rotating and filing keys. */
  ATTENTION,
  /** Embeddings, norms and conversions. */
  ELEMENTWISE,
  /** What is asked of logits. */
  SAMPLING;

  static KernelWork of(Operation.Kind kind) {
    return switch (kind) {
      case LINEAR -> LINEAR;
      case SPLIT, ATTEND, ATTEND_ALL -> ATTENTION;
      case EMBED, NORM, CONVERT, PEAK, FINISH -> ELEMENTWISE;
      case BEST, MASS -> SAMPLING;
    };
  }
}
