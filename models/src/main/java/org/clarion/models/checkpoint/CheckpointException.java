package org.clarion.models.checkpoint;

/** A checkpoint that cannot be used; the message names the file or tensor, the bad value and what was expected. */
public final class CheckpointException extends RuntimeException {
  private final String code;

  /**
   * Refuses a checkpoint.
   *
   * @param code
   *          stable, for programs: {@code checkpoint_truncated}, {@code tensor_missing}, {@code pickle_refused}, ...
   */
  public CheckpointException(String code, String message) {
    super(message);
    this.code = code;
  }

  public CheckpointException(String code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public String code() {
    return code;
  }
}
