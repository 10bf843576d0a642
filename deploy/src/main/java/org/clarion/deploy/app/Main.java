package org.clarion.deploy.app;

import org.clarion.deploy.command.ClarionCommand;
import org.clarion.deploy.command.CommandFailure;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.models.manifest.ManifestException;
import picocli.CommandLine;

/** The entry of the {@code clarion} script. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(run(Screen.standard(), arguments));
  }

  /** Runs one command and returns its exit code; exceptions become one line on standard error. */
  static int run(Screen screen, String... arguments) {
    CommandLine line = ClarionCommand.commandLine(screen);
    line.setExecutionExceptionHandler((exception, _, _) -> report(screen, exception));
    return line.execute(arguments);
  }

  private static int report(Screen screen, Exception exception) {
    return switch (exception) {
      case CommandFailure failure -> {
        screen.error(failure.getMessage());
        yield failure.exitCode();
      }
      case InterruptedException _ -> ExitCode.INTERRUPTED;
      case ManifestException unusable -> {
        screen.error(describe(unusable));
        yield switch (unusable.code()) {
          case "model_missing" -> ExitCode.MODEL_MISSING;
          case "model_unknown" -> ExitCode.USAGE;
          default -> ExitCode.FAILED;
        };
      }
      default -> {
        screen.error(describe(exception));
        if (System.getenv("CLARION_DEBUG") != null) {
          exception.printStackTrace(System.err);
        } else {
          screen.hint("CLARION_DEBUG=1 shows where this comes from");
        }
        yield ExitCode.FAILED;
      }
    };
  }

  private static String describe(Exception exception) {
    String message = exception.getMessage();
    return message == null ? exception.toString() : message;
  }
}
