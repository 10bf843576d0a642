package org.clarion.models.checkpoint;

import java.util.regex.Pattern;

/** A checkpoint that cannot be used; the message names the file or tensor, the bad value and what was expected. */
public final class CheckpointException extends RuntimeException {
  private static final int MAX_MESSAGE = 200_000;
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  private final String code;

  /**
   * Refuses a checkpoint.
   *
   * @param code
   *          stable, for programs: {@code checkpoint_truncated}, {@code tensor_missing}, {@code pickle_refused}, ...
   */
  public CheckpointException(String code, String message) {
    super(printable(message));
    this.code = code;
  }

  public CheckpointException(String code, String message, Throwable cause) {
    super(printable(message), cause);
    this.code = code;
  }

  /** Names come from files: they must neither forge log lines nor fill the log. */
  private static String printable(String message) {
    String shown = message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) + "..." : message;
    return CONTROL.matcher(shown).replaceAll("?");
  }

  public String code() {
    return code;
  }
}
