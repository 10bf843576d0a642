package org.clarion.scheduler.cluster.seal;

/** A sealed value does not open. */
public final class SealBrokenException extends RuntimeException {
  public SealBrokenException(String message) {
    super(message);
  }

  public SealBrokenException(String message, Throwable cause) {
    super(message, cause);
  }
}
