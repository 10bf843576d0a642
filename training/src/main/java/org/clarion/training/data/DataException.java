package org.clarion.training.data;

/** Nothing could be read: there is no data set in this place, or it cannot be told which. */
public final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DataException(String message) {
    super(message);
  }

  public DataException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Never null: it always says what happened. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
