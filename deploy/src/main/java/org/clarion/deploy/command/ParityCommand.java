package org.clarion.deploy.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.clarion.deploy.parity.ParitySets;
import org.clarion.deploy.terminal.Bar;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.engine.parity.ParityResult;
import org.clarion.engine.parity.ParitySet;
import org.clarion.engine.parity.ParityStatus;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code clarion parity}. */
@Command(name = "parity", mixinStandardHelpOptions = true, description = "Compare with golden values of the reference implementations.", footer = {
    "", "One line per set: the comparison that came nearest to its tolerance.", "", "Examples:",
    "  clarion parity --fixtures ../shared/fixtures", "  clarion parity --fixtures ../shared/fixtures --only tokenizer",
    "",
    "Exit codes: 0 everything supported is within its tolerance, 1 something is not, 2 wrong usage."})
public final class ParityCommand implements Callable<Integer> {
  private static final String FORMAT = "%-26s %-13s %6s %12s %12s %8s  %s";

  private final Screen screen;

  @Option(names = "--fixtures", required = true, paramLabel = "DIR", description = "Folder of the fixtures.")
  private Path fixtures = Path.of("");
  @Option(names = "--only", paramLabel = "NAME", description = "Only sets whose name starts so.")
  private @Nullable String only;

  ParityCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws IOException {
    if (!Files.isDirectory(fixtures)) {
      throw new CommandFailure(ExitCode.USAGE, "--fixtures " + fixtures + " is not a folder");
    }
    List<ParitySet> sets = ParitySets.of(fixtures.toAbsolutePath().normalize()).stream()
        .filter(set -> only == null || set
            .name().startsWith(only))
        .toList();
    if (sets.isEmpty()) {
      throw new CommandFailure(ExitCode.USAGE, "no set has a name that starts with '" + only + "'");
    }
    screen.print(
        screen.bold(String.format(Locale.ROOT, FORMAT, "SET", "RESULT", "CASES", "DIFFERENCE", "TOLERANCE", "TIME",
            "NEAREST TO ITS TOLERANCE")));
    int failed = 0;
    try (Bar bar = Bar.open(screen, "Parity", sets.size(), "", 1)) {
      for (int i = 0; i < sets.size(); i++) {
        bar.at(i);
        bar.say(sets.get(i).name());
        failed += run(sets.get(i)) == ParityStatus.FAIL ? 1 : 0;
      }
    }
    screen.print(failed == 0 ? screen.green("no set failed") : screen.red(failed + " sets failed"));
    return failed == 0 ? ExitCode.OK : ExitCode.FAILED;
  }

  private ParityStatus run(ParitySet set) {
    long start = System.nanoTime();
    ParityResult result = set.check(fixtures.toAbsolutePath().normalize());
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    boolean compared = result.cases() > 0;
    String line = String.format(Locale.ROOT, FORMAT, result.set(), word(result.status()),
        compared ? result.cases() : "-",
        compared ? number(result.worstDifference()) : "-", compared ? tolerance(result.tolerance()) : "-", compared
            ? Screen.seconds(took)
            : "-",
        result.note());
    screen.print(switch (result.status()) {
      case PASS -> line;
      case FAIL -> screen.red(line);
      case UNSUPPORTED, MISSING -> screen.dim(line);
    });
    return result.status();
  }

  private static String word(ParityStatus status) {
    return switch (status) {
      case PASS -> "pass";
      case FAIL -> "FAIL";
      case UNSUPPORTED -> "not supported";
      case MISSING -> "missing";
    };
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.2e", value);
  }

  private static String tolerance(double value) {
    return value == 0 ? "exact" : String.format(Locale.ROOT, "%.1e", value);
  }
}
