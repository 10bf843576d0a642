package org.clarion.training.data;

/** A file is no picture that can be decoded; the message says why and names the file. */
public final class UnreadablePictureException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public UnreadablePictureException(String message) {
    super(message);
  }

  public UnreadablePictureException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Never null: it always says what happened. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
