package org.clarion.deploy.terminal;

/** What the command's exit status means; the README lists the same. */
public final class ExitCode {
  /** Done. */
  public static final int OK = 0;
  /** Done, and the result is bad: a check failed, requests failed. */
  public static final int FAILED = 1;
  /** The command line, a file that it names, or a configuration is wrong. */
  public static final int USAGE = 2;
  /** A server, or the network, cannot be reached. */
  public static final int UNREACHABLE = 3;
  /** A model's files are not there. */
  public static final int MODEL_MISSING = 4;
  /** The script found no JDK or could not build. */
  public static final int CANNOT_START = 70;
  /** Stopped by Ctrl-C. */
  public static final int INTERRUPTED = 130;

  private ExitCode() {}
}
