package org.clarion.deploy.terminal;

import java.io.Console;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * Where a command prints. Results go to standard output, everything about the doing to standard error, so that output
 * can be piped. Colours and progress bars appear on a terminal only. Thread-safe as {@link PrintStream} is.
 *
 * @param out
 *          results
 * @param err
 *          progress and errors
 * @param colour
 *          whether escape sequences are welcome
 * @param terminal
 *          whether a person watches, and a line may be rewritten
 */
public record Screen(PrintStream out, PrintStream err, boolean colour, boolean terminal) {

  /** The process's own streams; {@code NO_COLOR} is honoured. */
  public static Screen standard() {
    boolean terminal = Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    return new Screen(System.out, System.err, terminal && System.getenv("NO_COLOR") == null, terminal);
  }

  /** One finished step with what it took. */
  public void step(String what, Duration took) {
    err.println("  " + paint("32", "✓") + " " + what + "  " + paint("2", seconds(took)));
  }

  /** A remark on the doing. */
  public void note(String text) {
    err.println("  " + text);
  }

  /** Something that the user must know. */
  public void warning(String text) {
    err.println("  " + paint("33", "!") + " " + text);
  }

  /** Why the command ends. */
  public void error(String text) {
    err.println(paint("31", "clarion: ") + text);
  }

  /** What to do about it. */
  public void hint(String text) {
    err.println(paint("2", "         " + text));
  }

  /** A result. */
  public void print(String text) {
    out.println(text);
  }

  /** A heading. */
  public String bold(String text) {
    return paint("1", text);
  }

  /** Less important. */
  public String dim(String text) {
    return paint("2", text);
  }

  /** Good news. */
  public String green(String text) {
    return paint("32", text);
  }

  /** Bad news. */
  public String red(String text) {
    return paint("31", text);
  }

  /** A duration as people read it: {@code 340 ms}, {@code 2.1 s}. */
  public static String seconds(Duration took) {
    return took.toMillis() < 1000
        ? took.toMillis() + " ms"
        : String.format(Locale.ROOT, "%.1f s", took.toMillis() / 1e3);
  }

  private String paint(String code, String text) {
    return colour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
