package org.clarion.loadtest.app;

/** The suite cannot be run against this server; the message says why. */
public final class SuiteException extends RuntimeException {
  private static final long serialVersionUID = 1;

  SuiteException(String message) {
    super(message);
  }
}
