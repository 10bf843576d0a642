package org.clarion.training.align;

/** Training cannot start, or had to stop; the message says why and what is kept. */
public final class AlignException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public AlignException(String message) {
    super(message);
  }

  public AlignException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Never null: it always says what happened. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
