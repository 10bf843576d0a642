package org.clarion.deploy.pull;

/** A model that could not be fetched. */
public final class PullException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Reason reason;

  /** What kind of trouble it is. */
  public enum Reason {
    /** The package index does not answer, or there is no pip to ask it with. */
    UNREACHABLE,
    /** What came is not what the manifest names. */
    WRONG_CONTENT,
    /** The disk, or the folder's permissions. */
    STORAGE
  }

  public PullException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public PullException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** What kind of trouble it is. */
  public Reason reason() {
    return reason;
  }

  /** Never null: a failure always says what happened. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
