package org.clarion.deploy.command;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import org.clarion.deploy.command.Candidates.Candidate;
import org.clarion.deploy.evaluate.IntakePictures;
import org.clarion.deploy.terminal.Bar;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.engine.decoder.PrecisionSetting;
import org.clarion.models.manifest.ManifestException;
import org.clarion.training.data.BadRow;
import org.clarion.training.data.DataLayout;
import org.clarion.training.data.DataSet;
import org.clarion.training.data.ReportCase;
import org.clarion.training.evaluate.Bootstrap;
import org.clarion.training.evaluate.Evaluation;
import org.clarion.training.evaluate.Questions;
import org.clarion.training.evaluate.Respondent;
import org.clarion.training.evaluate.RespondentException;
import org.clarion.training.evaluate.Results;
import org.clarion.training.evaluate.Run;
import org.clarion.training.evaluate.report.CsvReport;
import org.clarion.training.evaluate.report.HtmlReport;
import org.clarion.training.evaluate.report.JsonReport;
import org.clarion.training.evaluate.report.Setting;
import org.clarion.training.evaluate.report.TextReport;
import org.clarion.training.phantom.Stage;
import org.clarion.training.phantom.file.PhantomFolder;
import org.clarion.training.phantom.file.Picture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code clarion evaluate}. */
@Command(name = "evaluate", mixinStandardHelpOptions = true, sortOptions = false, description = "Ask a model about pictures with known reports, and measure what it says.", footer = {
    "", "Several --model put models side by side. The report folder gets report.html, cases.csv and metrics.json;",
    "they hold reports and answers, so keep them where the data may be kept.", "", "Examples:",
    "  clarion evaluate --model tiny --phantoms 200 --seed 9000",
    "  clarion evaluate --model runs/stage1 --model runs/stage2 --data openi/ --out ladder",
    "  clarion evaluate --url http://127.0.0.1:8080 --data phantoms/ --limit 100", "",
    "Exit codes: 0 measured, 1 some questions were not answered, 2 wrong usage or no data, 3 the cluster",
    "cannot be reached, 4 a model's files are missing."})
public final class EvaluateCommand implements Callable<Integer> {
  private static final int PHANTOM_SIDE = 512;

  private final Screen screen;

  @Option(names = "--model", paramLabel = "ID|FILE|DIR", description = "Model of the catalogue, manifest file, or folder with one; with --url the name of a model there. May be repeated.")
  private List<String> models = List.of();
  @Option(names = "--url", paramLabel = "URL", description = "Ask a running cluster instead of loading a model.")
  private @Nullable URI url;
  @Option(names = "--key", paramLabel = "KEY", description = "API key for --url; better in the environment, as CLARION_API_KEY.", defaultValue = "${env:CLARION_API_KEY}")
  private @Nullable String key;
  @Option(names = "--data", paramLabel = "DIR|FILE", description = "The cases; clarion data check says what it may be.")
  private @Nullable Path data;
  @Option(names = "--phantoms", paramLabel = "N", description = "Draw N SYNTHETIC cases of the seed instead, into a folder of the report.")
  private @Nullable Integer phantoms;
  @Option(names = "--limit", paramLabel = "N", description = "Draw that many of the cases by the seed (default: all).")
  private @Nullable Integer limit;
  @Option(names = "--seed", paramLabel = "S", description = "Of everything that is drawn (default: ${DEFAULT-VALUE}).", defaultValue = "1")
  private long seed;
  @Option(names = "--out", paramLabel = "DIR", description = "Folder of the report (default: ${DEFAULT-VALUE}).", defaultValue = "evaluation")
  private Path out = Path.of("evaluation");
  @Option(names = "--question", paramLabel = "TEXT", description = "Ask this about every picture (default: one question for each kind).")
  private @Nullable String question;
  @Option(names = "--max-tokens", paramLabel = "N", description = "Bound of an answer (default: ${DEFAULT-VALUE}).", defaultValue = "160")
  private int maxTokens;
  @Option(names = "--batch", paramLabel = "N", description = "Questions at a time (default: ${DEFAULT-VALUE}).", defaultValue = "8")
  private int batch;
  @Option(names = "--repeats", paramLabel = "N", description = "Cases that are asked again, alone (default: ${DEFAULT-VALUE}).", defaultValue = "8")
  private int repeats;
  @Option(names = "--resamples", paramLabel = "N", description = "Resamples for intervals (default: ${DEFAULT-VALUE}).", defaultValue = ""
      + Bootstrap.USUAL)
  private int resamples;
  @Option(names = "--precision", paramLabel = "KIND", description = "Of a loaded model: auto, f32, f16, bf16, int8 or int4 (default: ${DEFAULT-VALUE}).", defaultValue = "auto")
  private String precision = "auto";

  EvaluateCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws Exception {
    return UntilStopped.run(this::run);
  }

  private int run() throws IOException, InterruptedException {
    check();
    try (IntakePictures pictures = new IntakePictures()) {
      Candidates offered = new Candidates(models, batch, maxTokens);
      List<Candidate> candidates = url == null
          ? offered.checkpoints(precision, pictures)
          : offered.served(url, key == null || key.isEmpty() ? null : key);
      Path place = data == null ? drawPhantoms() : data;
      DataSet set = DataCommand.read(place);
      List<BadRow> bad = new ArrayList<>(set.badRows());
      List<ReportCase> cases = drawn(DataCommand.readable(screen, set, bad));
      bad.forEach(row -> screen.warning(row.toString()));
      if (cases.isEmpty()) {
        throw new CommandFailure(ExitCode.USAGE, place + " has no case that can be used"
            + (bad.isEmpty() ? ": it is empty" : ", all of its " + bad.size() + " rows are bad"));
      }
      List<Results> results = new ArrayList<>();
      for (Candidate candidate : candidates) {
        results.add(measure(candidate, cases));
      }
      Setting setting = new Setting(source(place), cases.size(), bad
          .size(), set.layout() == DataLayout.PHANTOMS, seed, resamples);
      return report(setting, results, pictures);
    }
  }

  private void check() {
    if (models.isEmpty() && url == null) {
      throw new CommandFailure(ExitCode.USAGE, "say what to evaluate: --model, or --url");
    }
    if ((data == null) == (phantoms == null)) {
      throw new CommandFailure(ExitCode.USAGE, "say what to ask about: either --data or --phantoms");
    }
    if (url != null && (url.getHost() == null || !List.of("http", "https").contains(url.getScheme()))) {
      throw new CommandFailure(ExitCode.USAGE, "--url is " + url + ", it must look like http://host:port");
    }
    atLeast("--max-tokens", maxTokens, 1);
    atLeast("--batch", batch, 1);
    atLeast("--repeats", repeats, 0);
    atLeast("--resamples", resamples, 1);
    atLeast("--phantoms", phantoms == null ? 1 : phantoms, 1);
    atLeast("--limit", limit == null ? 1 : limit, 1);
    if (!PrecisionSetting.WORDS.contains(precision)) {
      throw new CommandFailure(ExitCode.USAGE,
          "--precision is " + precision + ", not one of " + String.join(", ", PrecisionSetting.WORDS));
    }
  }

  private static void atLeast(String option, int value, int least) {
    if (value < least) {
      throw new CommandFailure(ExitCode.USAGE, option + " is " + value + ", it must be at least " + least);
    }
  }

  /** The same cases as {@code clarion phantoms} draws from the seed. */
  private Path drawPhantoms() throws IOException {
    int count = phantoms == null ? 0 : phantoms;
    Path folder = out.resolve("phantoms");
    try (Bar bar = Bar.open(screen, "Phantoms", count, "", 1)) {
      new PhantomFolder(new PhantomFolder.Order(Optional.empty(), count, seed, PHANTOM_SIDE, Picture.PNG, Stage.TWO))
          .write(folder, bar::at);
    }
    return folder;
  }

  private String source(Path place) {
    return phantoms == null
        ? String.valueOf(place.toAbsolutePath().normalize().getFileName())
        : "clarion phantoms --seed " + seed;
  }

  private List<ReportCase> drawn(List<ReportCase> cases) {
    if (limit == null || limit >= cases.size()) {
      return cases;
    }
    List<ReportCase> shuffled = new ArrayList<>(cases);
    Collections.shuffle(shuffled, new Random(seed));
    return shuffled.subList(0, limit);
  }

  private Results measure(Candidate candidate, List<ReportCase> cases) throws InterruptedException {
    long started = System.nanoTime();
    try (Respondent model = candidate.open()) {
      Run run;
      try (Bar bar = Bar.open(screen, model.name(), cases.size() + Math.min(repeats, cases.size()), "", 1)) {
        run = new Evaluation(new Questions(Optional.ofNullable(question)), repeats, seed).run(model, cases,
            (done, _) -> bar.at(done));
      }
      screen.step(model.name() + " answered " + run.outcomes().size() + " questions", Duration.ofNanos(System.nanoTime()
          - started));
      return Results.of(run, new Bootstrap(resamples, seed));
    } catch (RespondentException e) {
      throw new CommandFailure(ExitCode.FAILED, e.getMessage(), e);
    } catch (ManifestException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  private int report(Setting setting, List<Results> results, IntakePictures pictures) throws IOException {
    List<String> lines = TextReport.lines(results);
    screen.print(screen.bold(lines.getFirst()));
    lines.stream().skip(1).forEach(screen::print);
    TextReport.spreads(results).forEach(screen::print);
    Files.createDirectories(out);
    CsvReport.write(out.resolve("cases.csv"), results);
    JsonReport.write(out.resolve("metrics.json"), setting, results);
    HtmlReport.write(out.resolve("report.html"), setting, results, pictures);
    screen.note("report: " + out.resolve("report.html"));
    int failures = results.stream().mapToInt(result -> result.run().failures().size()).sum();
    if (failures > 0) {
      screen.warning(failures + " questions were not answered");
    }
    return failures == 0 ? ExitCode.OK : ExitCode.FAILED;
  }
}
