package org.clarion.deploy.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.clarion.deploy.pull.ArchiveSource;
import org.clarion.deploy.pull.FileSource;
import org.clarion.deploy.pull.ModelPuller;
import org.clarion.deploy.pull.PipSource;
import org.clarion.deploy.pull.PullException;
import org.clarion.deploy.terminal.Bar;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.manifest.ManifestException;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelManifest.Download;
import org.clarion.models.manifest.ModelStore;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code clarion models}. Each method is one sub-command and returns its exit code. */
@Command(name = "models", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "COMMAND", description = "List, show, check and fetch models.", footer = {
    "", "Models are kept below $CLARION_HOME, or ~/.cache/clarion where that is not set.", "", "Examples:",
    "  clarion models list", "  clarion models pull smollm2-135m", "  clarion models check smollm2-135m"})
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
    screen.print(screen.bold(String.format(Locale.ROOT, "%-16s %-12s %-9s %s", "ID", "LICENCE", "HERE", "TITLE")));
    for (ModelManifest model : ModelCatalogue.standard().manifests()) {
      screen.print(String.format(Locale.ROOT, "%-16s %-12s %-9s %s", model.id(), model.licence(), store.present(model)
          ? "yes"
          : "no", model.title()));
    }
    return ExitCode.OK;
  }

  @Command(mixinStandardHelpOptions = true, description = "Show what a model consists of.")
  int show(@Parameters(paramLabel = "ID", description = "Model.") String id) {
    ModelManifest model = model(id);
    ModelStore store = ModelStore.standard();
    field("id", model.id());
    field("title", model.title());
    field("licence", model.licence());
    field("folder", store.folder(model).toString());
    field("language", model.language().weights() + ", context " + model.language().maxContext());
    field("tokenizer", model.language().tokenizer());
    field("prompt", model.prompt());
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
    field("here", store.present(model) ? "yes" : "no");
    return ExitCode.OK;
  }

  @Command(mixinStandardHelpOptions = true, description = "Check that a model is whole: files, hash, every tensor's name and shape.", footer = {
      "", "Exit codes: 0 usable, 1 not usable (each fault is named), 4 its files are missing."})
  int check(@Parameters(paramLabel = "ID", description = "Model.") String id) {
    ModelManifest model = model(id);
    ModelStore store = ModelStore.standard();
    try (Bar bar = Bar.open(screen, "Checking " + id, 0, " MB", 1 << 20)) {
      store.verify(model, (done, total) -> bar.at(done));
    } catch (ManifestException e) {
      screen.error(String.valueOf(e.getMessage()));
      if (e.code().equals("model_missing")) {
        pullHint(model);
        return ExitCode.MODEL_MISSING;
      }
      return ExitCode.FAILED;
    }
    List<String> faults = new ArrayList<>();
    DecoderConfig config = language(model, store, faults);
    if (config != null && model.vision() != null) {
      vision(model, store, config, faults);
    }
    faults.forEach(screen::error);
    if (faults.isEmpty()) {
      screen.print(model.id() + " is " + screen.green("usable"));
    }
    return faults.isEmpty() ? ExitCode.OK : ExitCode.FAILED;
  }

  @Command(mixinStandardHelpOptions = true, description = "Fetch a model with pip, check its hash, and keep it in the cache.", footer = {
      "", "Exit codes: 0 it is there, 1 what came is not what the manifest names, 3 it cannot be reached."})
  int pull(@Parameters(paramLabel = "ID", description = "Model.") String id,
      @Option(names = "--from", paramLabel = "FILE", description = "Take the package's archive from this file instead of the network.") @Nullable Path from)
      throws InterruptedException {
    ModelManifest model = model(id);
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

  private static @Nullable DecoderConfig language(ModelManifest model, ModelStore store, List<String> faults) {
    try (DecoderWeights weights = ModelLoader.language(model, store)) {
      return weights.config();
    } catch (CheckpointException | ManifestException e) {
      faults.add("language: " + e.getMessage());
      return null;
    }
  }

  private static void vision(ModelManifest model, ModelStore store, DecoderConfig config, List<String> faults) {
    try (VisionWeights weights = ModelLoader.vision(model, store, config.hidden())) {
      if (weights.llmHidden() != config.hidden()) {
        faults.add("vision: projects to width " + weights.llmHidden() + ", the decoder has " + config.hidden());
      }
    } catch (CheckpointException | ManifestException e) {
      faults.add("vision: " + e.getMessage());
    }
  }

  private static ModelManifest model(String id) {
    try {
      return ModelCatalogue.standard().require(id);
    } catch (ManifestException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  private void pullHint(ModelManifest model) {
    if (model.download() != null) {
      screen.hint("fetch it with: clarion models pull " + model.id());
    }
  }

  private void field(String name, String value) {
    if (!value.isEmpty()) {
      screen.print(String.format(Locale.ROOT, "%-10s %s", name, value));
    }
  }
}
