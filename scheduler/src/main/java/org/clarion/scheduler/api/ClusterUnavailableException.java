package org.clarion.scheduler.api;

/** The shared state did not answer in time, or too few members are there to answer: the outcome is unknown. */
public final class ClusterUnavailableException extends RuntimeException {
  public ClusterUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }

  public ClusterUnavailableException(String message) {
    super(message);
  }
}
