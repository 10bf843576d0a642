package org.clarion.scheduler.cluster.seal;

/** A sealed value does not open. */
public final class SealBrokenException extends RuntimeException {
  SealBrokenException(String message) {
    super(message);
  }

  SealBrokenException(String message, Throwable cause) {
    super(message, cause);
  }
}
