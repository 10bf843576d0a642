package org.clarion.scheduler.core;

/** Why an answer ended. */
public enum FinishReason {
  /** A stop token was sampled, or the client found a stop string. */
  STOP,
  /** The answer has as many tokens as it may. */
  LENGTH,
  /** The user stopped it or went away. */
  CANCELLED
}
