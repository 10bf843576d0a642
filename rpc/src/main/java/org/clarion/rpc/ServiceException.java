package org.clarion.rpc;

/** A {@link ServiceError} on its way up the stack. */
public final class ServiceException extends RuntimeException {
  private final transient ServiceError error;

  /** Wraps the error; its message becomes the exception's. */
  public ServiceException(ServiceError error) {
    super(error.code() + ": " + error.message());
    this.error = error;
  }

  /** Wraps the error and keeps what led to it for the log. */
  public ServiceException(ServiceError error, Throwable cause) {
    super(error.code() + ": " + error.message(), cause);
    this.error = error;
  }

  public ServiceError error() {
    return error;
  }
}
