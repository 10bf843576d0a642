package org.clarion.deploy.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.clarion.deploy.evaluate.IntakePictures;
import org.clarion.deploy.process.ParentWatch;
import org.clarion.deploy.process.TrainerGroup;
import org.clarion.deploy.serve.RoleSettings;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.script.EngineThread;
import org.clarion.models.manifest.ManifestException;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.clarion.training.align.AlignException;
import org.clarion.training.align.BaseModels;
import org.clarion.training.align.Recipe;
import org.clarion.training.align.RecipeReader;
import org.clarion.training.align.Stage;
import org.clarion.training.align.Trainer;
import org.clarion.training.data.DataSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code clarion align}. */
@Command(name = "align", mixinStandardHelpOptions = true, sortOptions = false, description = "Train the projection between image tower and language model, or more of a model, by a recipe.", footer = {
    "", "Recipes that come with Clarion: xraygpt, skingpt4, minigpt4 (the papers' stages), clarion-tiny and",
    "clarion-smol (the demo's models, from phantoms). docs/training.md says how to write one.", "",
    "The run's folder gets the recipe, hashes, losses.csv, loss.html, checkpoints and at the end model/model.yaml,",
    "which every command that takes a model takes. A run that was cut off goes on with --resume.", "", "Examples:",
    "  clarion align --recipe clarion-tiny --out runs/tiny --half",
    "  clarion align --recipe xraygpt --model our-model.yaml --data mimic=mimic/ --data openi=openi/ --out runs/xray",
    "  clarion align --data mimic=mimic/ --data openi=openi/ --out runs/xray --resume", "",
    "Exit codes: 0 trained, 1 had to stop, 2 wrong usage, recipe or data, 4 a model's files are missing, 130 Ctrl-C."})
public final class AlignCommand implements Callable<Integer> {
  private static final long GIBIBYTE = 1L << 30;

  private final Screen screen;

  @Option(names = "--recipe", paramLabel = "NAME|FILE", description = "What to train, in which stages (default with --resume: the run's own).")
  private @Nullable String recipeName;
  @Option(names = "--stages", split = ",", paramLabel = "NAME", description = "Only these stages of the recipe (default: all).")
  private List<String> stages = List.of();
  @Option(names = "--model", paramLabel = "ID|FILE", description = "Model to start from (default: the recipe's).")
  private @Nullable String modelName;
  @Option(names = "--data", paramLabel = "[NAME=]DIR|FILE", description = "Pictures with reports: for all stages, or for those that ask for NAME. May be repeated.")
  private List<String> data = List.of();
  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder of the run.")
  private Path out = Path.of("");
  @Option(names = "--resume", description = "Go on with the run that lies in the folder.")
  private boolean resume;
  @Option(names = "--threads", paramLabel = "N", description = "Cores to compute with (default: all).")
  private @Nullable Integer threads;
  @Option(names = "--processes", paramLabel = "N", description = "Trainers that share each batch and the cores (default: ${DEFAULT-VALUE}).", defaultValue = "1")
  private int processes;
  @Option(names = "--rank", hidden = true, description = "Which of the processes this is.")
  private @Nullable Integer rank;
  @Option(names = "--group", hidden = true, description = "Where the processes meet.")
  private @Nullable Path group;
  @Option(names = "--half", description = "Write the model in float16 instead of float32.")
  private boolean half;
  @Option(names = "--steps", paramLabel = "N", description = "End every stage after so many steps, for a trial.")
  private @Nullable Long steps;
  @Option(names = "--feature-room", paramLabel = "GIB", description = "Disk for what frozen parts make of pictures (default: ${DEFAULT-VALUE}).", defaultValue = "8")
  private int featureRoom;

  @Spec
  private CommandSpec spec = CommandSpec.create();

  AlignCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws Exception {
    return UntilStopped.run(this::run);
  }

  private int run() throws IOException, InterruptedException {
    check();
    Recipe recipe = recipe();
    ModelStore store = ModelStore.standard();
    ModelManifest model;
    try {
      model = BaseModels.of(recipe, modelName, ModelCatalogue.standard());
    } catch (AlignException e) {
      throw new CommandFailure(ExitCode.USAGE, e.getMessage(), e);
    }
    if (!store.present(model)) {
      throw new CommandFailure(ExitCode.MODEL_MISSING, "model " + model.id() + " lacks files; it needs " + store.files(
          model));
    }
    int cores = threads == null ? RoleSettings.cores() : threads;
    Trainer.Order order = new Trainer.Order(recipe, model, sets(), out, resume, Math.max(1, cores / processes), half,
        featureRoom * GIBIBYTE, steps == null ? Long.MAX_VALUE : steps, Collectives.single());
    return rank != null && group != null ? follow(order, store, rank, group) : lead(order, store);
  }

  private void check() {
    atLeast("--threads", threads == null ? 1 : threads);
    atLeast("--processes", processes);
    atLeast("--steps", steps == null ? 1 : steps);
    atLeast("--feature-room", featureRoom);
  }

  private static void atLeast(String option, long value) {
    if (value < 1) {
      throw new CommandFailure(ExitCode.USAGE, option + " is " + value + ", it must be at least 1");
    }
  }

  private Recipe recipe() {
    try {
      Recipe recipe = RecipeReader.read(recipeName == null ? ownRecipe() : recipeName);
      return stages.isEmpty() ? recipe : recipe.only(stages);
    } catch (AlignException e) {
      throw new CommandFailure(ExitCode.USAGE, e.getMessage(), e);
    }
  }

  /** The recipe that a run was begun with lies in its folder. */
  private String ownRecipe() {
    Path own = Trainer.recipe(out);
    if (!resume || !Files.exists(own)) {
      throw new CommandFailure(ExitCode.USAGE, resume
          ? "there is no training in " + out + ": --resume finds no " + own.getFileName() + "; begin one with --recipe"
          : "--recipe is missing: it says what to train (" + String.join(", ", RecipeReader.NAMES) + " or a file)");
    }
    return own.toString();
  }

  private Map<String, DataSet> sets() {
    Map<String, DataSet> sets = new LinkedHashMap<>();
    for (String one : data) {
      int sign = one.indexOf('=');
      String name = sign < 0 ? "data" : one.substring(0, sign);
      DataSet set = DataCommand.read(Path.of(one.substring(sign + 1)));
      set.badRows().forEach(row -> screen.warning(row.toString()));
      if (sets.put(name, set) != null) {
        throw new CommandFailure(ExitCode.USAGE, "--data " + name + " is given twice");
      }
    }
    return sets;
  }

  private int lead(Trainer.Order order, ModelStore store) throws IOException, InterruptedException {
    long start = System.nanoTime();
    try (AlignProgress progress = new AlignProgress(screen)) {
      work(order, store, progress, Trainer::prepare);
      Path manifest;
      if (processes == 1) {
        manifest = work(order, store, progress, Trainer::train);
      } else {
        List<String> arguments = new ArrayList<>(spec.commandLine().getParseResult().originalArgs());
        if (!resume) {
          arguments.add("--resume");
        }
        try (TrainerGroup others = TrainerGroup.start(processes, out, arguments)) {
          manifest = work(order.with(others.ranks()), store, progress, Trainer::train);
        }
      }
      screen.step("trained " + order.recipe().stages().stream().map(Stage::name).toList(), Duration.ofNanos(System
          .nanoTime() - start));
      screen.print(manifest.toString());
      return ExitCode.OK;
    }
  }

  /** One of several processes: says nothing, and ends with the first one. */
  private int follow(Trainer.Order order, ModelStore store, int own, Path meeting) throws InterruptedException {
    ParentWatch.start(System.in, () -> Runtime.getRuntime().halt(ExitCode.FAILED));
    try (Collective ranks = TrainerGroup.join(own, processes, meeting);
        AlignProgress progress = new AlignProgress(screen)) {
      work(order.with(ranks), store, progress, Trainer::train);
      return ExitCode.OK;
    }
  }

  /** The trainer has a thread of its own, so that what stops the command does not interrupt its files. */
  private static <T> T work(Trainer.Order order, ModelStore store, AlignProgress progress, Function<Trainer, T> task)
      throws InterruptedException {
    try (IntakePictures pictures = new IntakePictures(); EngineThread thread = EngineThread.start("trainer", 1)) {
      return await(thread.submit(() -> task.apply(new Trainer(order, store, pictures, progress))), progress);
    }
  }

  private static <T> T await(CompletableFuture<T> done, AlignProgress progress) throws InterruptedException {
    try {
      try {
        return done.get();
      } catch (InterruptedException e) {
        progress.stop();
        return done.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AlignException stopped) {
        throw new CommandFailure(progress.stopping() ? ExitCode.INTERRUPTED : ExitCode.FAILED, stopped.getMessage(),
            stopped);
      }
      if (e.getCause() instanceof ManifestException manifest) {
        throw manifest;
      }
      throw new CommandFailure(ExitCode.FAILED, "the training failed: " + e.getCause(), e);
    }
  }
}
