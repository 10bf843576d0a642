package org.clarion.training.evaluate;

/** A model cannot be evaluated; the message says why. */
public final class RespondentException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public RespondentException(String message) {
    super(message);
  }

  /** Never null: it always says what happened. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
