package org.clarion.deploy.command;

/** Ends a command with a message for the user and an exit code of {@link org.clarion.deploy.terminal.ExitCode}. */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int exitCode;

  public CommandFailure(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  public CommandFailure(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** The status that the process ends with. */
  public int exitCode() {
    return exitCode;
  }

  /** Never null: a failure always says what happened. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
