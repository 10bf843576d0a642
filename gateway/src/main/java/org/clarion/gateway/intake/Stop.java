package org.clarion.gateway.intake;

/** Asked by decoders now and then: nobody waits for the picture any more. Thread-safe. */
@FunctionalInterface
interface Stop {
  boolean requested();

  default void check() throws RefusedException {
    if (requested()) {
      throw new RefusedException(RefusalCode.TIMEOUT, "decoding the image took too long");
    }
  }
}
