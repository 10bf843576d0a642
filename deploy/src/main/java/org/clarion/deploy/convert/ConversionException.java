package org.clarion.deploy.convert;

/** A conversion that cannot be made; the message names the file or the values, and what to do. */
public final class ConversionException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ConversionException(String message) {
    super(message);
  }

  public ConversionException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Never null. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
