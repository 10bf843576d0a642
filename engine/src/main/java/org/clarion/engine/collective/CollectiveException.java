package org.clarion.engine.collective;

/**
 * A group of ranks that no longer works: a peer did not answer in time, left, or called something else. The collective
 * cannot be used afterwards; the whole group has to be formed anew.
 */
public final class CollectiveException extends RuntimeException {
  public CollectiveException(String message) {
    super(message);
  }

  public CollectiveException(String message, Throwable cause) {
    super(message, cause);
  }
}
