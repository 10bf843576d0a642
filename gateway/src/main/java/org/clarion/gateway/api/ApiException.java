package org.clarion.gateway.api;

/** A refusal on its way up the stack. */
public final class ApiException extends RuntimeException {
  private final transient ApiError error;

  /** Wraps the refusal; only its code becomes the message, so that no content reaches a log. */
  public ApiException(ApiError error) {
    super(error.code(), null, false, false);
    this.error = error;
  }

  public ApiError error() {
    return error;
  }
}
