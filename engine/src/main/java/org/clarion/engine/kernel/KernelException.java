package org.clarion.engine.kernel;

/** The kernel library cannot be had or used on this host; the message says why. */
public final class KernelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  KernelException(String message) {
    super(message);
  }
}
