package org.clarion.engine.script;

/** The native tensor library could not be loaded; the message says what was looked for and what to do. */
public final class EngineStartException extends RuntimeException {
  public EngineStartException(String message, Throwable cause) {
    super(message, cause);
  }
}
