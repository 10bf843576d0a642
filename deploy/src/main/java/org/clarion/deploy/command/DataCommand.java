package org.clarion.deploy.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.clarion.deploy.evaluate.IntakePictures;
import org.clarion.deploy.terminal.Bar;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.training.data.BadRow;
import org.clarion.training.data.Cleaned;
import org.clarion.training.data.CleaningRule;
import org.clarion.training.data.DataException;
import org.clarion.training.data.DataSet;
import org.clarion.training.data.DataSets;
import org.clarion.training.data.ReportCase;
import org.clarion.training.data.ReportCleaner;
import org.clarion.training.data.UnreadablePictureException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code clarion data}. */
@Command(name = "data", mixinStandardHelpOptions = true, description = "Look at pictures with reports before training or evaluating on them.", synopsisSubcommandLabel = "COMMAND")
public final class DataCommand implements Runnable {
  private static final int SIDE = 64;

  @CommandLine.Spec
  private CommandLine.Model.@Nullable CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(Objects.requireNonNull(spec).commandLine(),
        "Missing command; the list follows.");
  }

  /** Reads a data set, or ends the command where there is none to read. */
  static DataSet read(Path place) {
    try {
      return DataSets.read(place);
    } catch (DataException e) {
      throw new CommandFailure(ExitCode.USAGE, e.getMessage(), e);
    }
  }

  /**
   * The cases whose pictures can be decoded; the others become bad rows of line 0.
   *
   * @param unreadable
   *          what is added to
   */
  static List<ReportCase> readable(Screen screen, DataSet set, List<BadRow> unreadable) {
    List<ReportCase> readable = new ArrayList<>();
    try (IntakePictures pictures = new IntakePictures();
        Bar bar = Bar.open(screen, "Pictures", set.cases().size(), "", 1)) {
      for (ReportCase one : set.cases()) {
        try {
          pictures.read(one.image(), SIDE);
          readable.add(one);
        } catch (UnreadablePictureException e) {
          unreadable.add(new BadRow(set.source(), 0, "case " + one.id() + ": " + e.getMessage()));
        }
        bar.at(readable.size() + unreadable.size());
      }
    }
    return readable;
  }

  /** {@code clarion data check}. */
  @Command(name = "check", mixinStandardHelpOptions = true, description = "Read a data set: how many cases, which rows are bad and why, what cleaning would take out.", footer = {
      "", "Layouts: what clarion phantoms writes; filter_cap.json with image/, as XrayGPT, SkinGPT-4 and MiniGPT-4",
      "read it, MIMIC's and OpenI's names included; a JSONL or CSV file with a picture and a text in each row.", "",
      "Examples:", "  clarion data check phantoms/", "  clarion data check openi/ --clean", "",
      "Exit codes: 0 every row can be used, 1 some cannot, 2 there is no data set."})
  public static final class Check implements Callable<Integer> {
    private final Screen screen;

    @Parameters(paramLabel = "DIR|FILE", description = "Folder of the data set, or the file with its rows.")
    private Path place = Path.of("");
    @Option(names = "--clean", description = "Also clean the reports as XrayGPT describes, and say what that does.")
    private boolean clean;
    @Option(names = "--skip-pictures", description = "Do not decode the pictures.")
    private boolean skipPictures;

    Check(Screen screen) {
      this.screen = screen;
    }

    @Override
    public Integer call() {
      DataSet set = read(place);
      List<BadRow> bad = new ArrayList<>(set.badRows());
      List<ReportCase> cases = skipPictures ? set.cases() : readable(screen, set, bad);
      screen.print(set.source() + " (" + set.layout().words() + "): " + cases.size() + " cases, " + bad.size()
          + " bad rows");
      bad.forEach(row -> screen.print(screen.red(row.toString())));
      if (clean) {
        print(ReportCleaner.clean(cases), cases.size());
      }
      if (cases.isEmpty()) {
        throw new CommandFailure(ExitCode.FAILED, place + " has no case that can be used");
      }
      return bad.isEmpty() ? ExitCode.OK : ExitCode.FAILED;
    }

    private void print(Cleaned cleaned, int all) {
      screen.print("after cleaning: " + cleaned.cases().size() + " of " + all + " cases");
      for (CleaningRule rule : CleaningRule.values()) {
        long count = rule.drops()
            ? cleaned.dropped().stream().filter(dropped -> dropped.rule() == rule).count()
            : cleaned.edited().getOrDefault(rule, 0);
        screen.print("  " + rule.words() + ": " + (rule.drops() ? "left out " : "taken out of ") + count);
      }
      cleaned.dropped().forEach(dropped -> screen.print(screen.dim("  " + dropped.id() + ": " + dropped.rule().words()
          + " (" + dropped.words() + ")")));
    }
  }
}
