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
import org.clarion.deploy.evaluate.ClusterRespondent;
import org.clarion.deploy.evaluate.IntakePictures;
import org.clarion.deploy.serve.RoleSettings;
import org.clarion.deploy.terminal.Bar;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.engine.decoder.DecoderOptions;
import org.clarion.engine.decoder.PrecisionSetting;
import org.clarion.engine.script.Device;
import org.clarion.engine.vision.TowerOptions;
import org.clarion.loadtest.app.ServerModels;
import org.clarion.models.manifest.ManifestException;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.clarion.training.data.BadRow;
import org.clarion.training.data.DataLayout;
import org.clarion.training.data.DataSet;
import org.clarion.training.data.ReportCase;
import org.clarion.training.evaluate.Bootstrap;
import org.clarion.training.evaluate.CheckpointRespondent;
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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code clarion evaluate}. */
@Command(name = "evaluate", mixinStandardHelpOptions = true, sortOptions = false, description = "Ask a model about pictures with known reports, and measure what it says.", footer = {
    "", "Several --model put models side by side. The report folder gets report.html, cases.csv and metrics.json;",
    "they hold reports and answers, so keep them where the data may be kept.", "", "Examples:",
    "  clarion evaluate --model tiny --data phantoms/",
    "  clarion evaluate --model runs/stage1 --model runs/stage2 --data openi/ --out ladder",
    "  clarion evaluate --url http://127.0.0.1:8080 --data phantoms/ --limit 100", "",
    "Exit codes: 0 measured, 1 some questions were not answered, 2 wrong usage or no data, 3 the cluster",
    "cannot be reached, 4 a model's files are missing."})
public final class EvaluateCommand implements Callable<Integer> {
  private final Screen screen;

  @Option(names = "--model", paramLabel = "ID|FILE|DIR", description = "Model of the catalogue, manifest file, or folder with one; with --url the name of a model there. May be repeated.")
  private List<String> models = List.of();
  @Option(names = "--url", paramLabel = "URL", description = "Ask a running cluster instead of loading a model.")
  private @Nullable URI url;
  @Option(names = "--key", paramLabel = "KEY", description = "API key for --url; better in the environment, as CLARION_API_KEY.", defaultValue = "${env:CLARION_API_KEY}")
  private @Nullable String key;
  @Option(names = "--data", required = true, paramLabel = "DIR|FILE", description = "The cases; clarion data check says what it may be.")
  private Path data = Path.of("");
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

  /** Makes one model ready; closed before the next is made, so that one is in memory at a time. */
  @FunctionalInterface
  private interface Candidate {
    Respondent open();
  }

  private int run() throws IOException, InterruptedException {
    check();
    try (IntakePictures pictures = new IntakePictures()) {
      List<Candidate> candidates = url == null ? checkpoints(pictures) : served(url);
      DataSet set = DataCommand.read(data);
      List<BadRow> bad = new ArrayList<>(set.badRows());
      List<ReportCase> cases = drawn(DataCommand.readable(screen, set, bad));
      bad.forEach(row -> screen.warning(row.toString()));
      if (cases.isEmpty()) {
        throw new CommandFailure(ExitCode.USAGE, data + " has no case that can be used"
            + (bad.isEmpty() ? ": it is empty" : ", all of its " + bad.size() + " rows are bad"));
      }
      List<Results> results = new ArrayList<>();
      for (Candidate candidate : candidates) {
        results.add(measure(candidate, cases));
      }
      Setting setting = new Setting(String.valueOf(data.toAbsolutePath().normalize().getFileName()), cases.size(), bad
          .size(), set.layout() == DataLayout.PHANTOMS, seed, resamples);
      return report(setting, results, pictures);
    }
  }

  private void check() {
    if (models.isEmpty() && url == null) {
      throw new CommandFailure(ExitCode.USAGE, "say what to evaluate: --model, or --url");
    }
    if (url != null && (url.getHost() == null || !List.of("http", "https").contains(url.getScheme()))) {
      throw new CommandFailure(ExitCode.USAGE, "--url is " + url + ", it must look like http://host:port");
    }
    atLeast("--max-tokens", maxTokens, 1);
    atLeast("--batch", batch, 1);
    atLeast("--repeats", repeats, 0);
    atLeast("--resamples", resamples, 1);
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

  private List<Candidate> checkpoints(IntakePictures pictures) throws IOException {
    ModelStore store = ModelStore.standard();
    CheckpointRespondent.Options options = new CheckpointRespondent.Options(new DecoderOptions(PrecisionSetting
        .forDecoder(precision, Device.CPU), PrecisionSetting.forKv("auto"), 1, RoleSettings.cores(), Device.CPU),
        new TowerOptions(PrecisionSetting.forImageTower(precision, Device.CPU), RoleSettings.cores()), batch,
        maxTokens);
    List<Candidate> candidates = new ArrayList<>();
    for (String name : models) {
      ModelManifest model = ModelCatalogue.standard().require(manifest(name));
      if (!store.present(model)) {
        throw new CommandFailure(ExitCode.MODEL_MISSING, "model " + model.id() + " lacks files; clarion models pull "
            + name + " says which and where they come from");
      }
      if (model.vision() == null) {
        throw new CommandFailure(ExitCode.USAGE, "model " + model.id()
            + " has no image tower: it cannot be asked about pictures");
      }
      candidates.add(() -> CheckpointRespondent.load(model, store, pictures, options));
    }
    return candidates;
  }

  /** A folder stands for the only manifest in it. */
  private static String manifest(String name) throws IOException {
    Path folder = Path.of(name);
    if (!Files.isDirectory(folder)) {
      return name;
    }
    try (var files = Files.list(folder)) {
      List<Path> manifests = files.filter(file -> ModelCatalogue.isFile(file.toString())).sorted().toList();
      if (manifests.size() != 1) {
        throw new CommandFailure(ExitCode.USAGE, "--model " + name + " is a folder with " + manifests.size()
            + " manifests (.yaml); name the one to evaluate");
      }
      return manifests.getFirst().toString();
    }
  }

  private List<Candidate> served(URI base) throws InterruptedException {
    String secret = key == null || key.isEmpty() ? null : key;
    List<String> there;
    try {
      there = ServerModels.of(base, secret);
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.UNREACHABLE, base + " does not tell its models: " + (e.getMessage() == null
          ? e.getClass().getSimpleName()
          : e.getMessage()), e);
    }
    List<String> wanted = models.isEmpty() ? List.of(there.getFirst()) : models;
    for (String name : wanted) {
      if (!there.contains(name)) {
        throw new CommandFailure(ExitCode.USAGE, base + " does not serve " + name + "; it serves " + there);
      }
    }
    return wanted.stream().<Candidate>map(name -> () -> new ClusterRespondent(base, secret, name, batch, maxTokens))
        .toList();
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
