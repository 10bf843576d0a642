package org.clarion.training.evaluate;

/** What a text says about a thing that it mentions. */
public enum Certainty {
  /** It is there. */
  AFFIRMED,
  /** It may be there. */
  UNCERTAIN,
  /** It is not there. */
  DENIED
}
