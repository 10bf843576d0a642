package org.clarion.training.align;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.clarion.engine.align.ParameterState;
import org.clarion.engine.align.TrainableModel;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.CollectiveException;
import org.clarion.models.checkpoint.DecoderConfigs;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.clarion.models.tokenizer.Tokenizer;
import org.clarion.training.data.DataSet;
import org.clarion.training.data.PictureReader;
import org.jspecify.annotations.Nullable;

/**
 * Follows a recipe: makes the material ready, goes through the stages, writes the model. A training that was cut off at
 * any point goes on from its last checkpoint with the same numbers.
 *
 * <p>
 * One thread makes it, runs it and is the one that calls libtorch.
 */
public final class Trainer {
  private static final Duration REDRAW = Duration.ofMinutes(1);

  private final Order order;
  private final ModelStore store;
  private final PictureReader pictures;
  private final Watcher watcher;

  /**
   * What to do.
   *
   * @param model
   *          to start from
   * @param data
   *          data sets by the name that stages use
   * @param out
   *          the run's folder
   * @param threads
   *          of this rank
   * @param half
   *          whether the model is written in float16
   * @param featureBytes
   *          room on disk for what frozen parts make of pictures, for each rank
   * @param steps
   *          ends after so many steps of a stage, for trials; {@link Long#MAX_VALUE} for all
   * @param ranks
   *          this trainer's end of a group of trainers that share each batch; all have the same order but for this
   */
  public record Order(Recipe recipe, ModelManifest model, Map<String, DataSet> data, Path out, boolean resume,
      int threads, boolean half, long featureBytes, long steps, Collective ranks) {
    public Order {
      data = Map.copyOf(data);
    }

    /** The same as a rank of a group. */
    public Order with(Collective group) {
      return new Order(recipe, model, data, out, resume, threads, half, featureBytes, steps, group);
    }
  }

  /** Told how it goes, on the trainer's thread. */
  public interface Watcher {
    /** Pictures and texts are made ready. */
    void preparing(String stage, int done, int total);

    /** A stage begins, or goes on, at a step. */
    void stage(Stage stage, long from, long parameters, int lessons);

    /** A step is done. */
    void step(Stage stage, long step, double loss, long positions, double seconds);

    /** Something that the user should know. */
    void note(String text);

    /** Whether to stop after the step that is being made. */
    boolean stopping();
  }

  public Trainer(Order order, ModelStore store, PictureReader pictures, Watcher watcher) {
    this.order = order;
    this.store = store;
    this.pictures = pictures;
    this.watcher = watcher;
  }

  /** The recipe that a training in this folder was begun with; there is a file once it has begun. */
  public static Path recipe(Path folder) {
    return RunFolder.recipe(folder);
  }

  /**
   * Makes the material ready and trains, to the end.
   *
   * @return the model's manifest
   * @throws AlignException
   *           when it cannot begin or had to stop
   */
  public Path run() {
    prepare();
    return train();
  }

  /**
   * Begins the run's folder, or takes up the one that is there, and makes the material ready in it. Done once, before
   * the ranks of a group train.
   *
   * @return the folder
   * @throws AlignException
   *           when it cannot begin
   */
  public Path prepare() {
    try {
      RunFolder run = RunFolder.open(order.out(), facts(), order.recipe().text(), order.resume());
      new RunMaterial(order, run, pictures, watcher).prepare();
      return run.path();
    } catch (IOException e) {
      throw stopped(e);
    }
  }

  /**
   * Trains on material that is ready. Every rank of a group does this; the first one writes.
   *
   * @return the model's manifest
   * @throws AlignException
   *           when it had to stop
   */
  public Path train() {
    try {
      RunFolder run = RunFolder.open(order.out(), facts(), order.recipe().text(), true);
      return follow(run, new RunMaterial(order, run, pictures, watcher));
    } catch (IOException | CollectiveException e) {
      throw stopped(e);
    }
  }

  private AlignException stopped(Exception e) {
    return new AlignException("the training in " + order.out() + " stopped: " + (e.getMessage() == null
        ? e.getClass().getSimpleName()
        : e.getMessage()) + ". What is written is whole; when the cause is gone, --resume goes on from there", e);
  }

  private Path follow(RunFolder run, RunMaterial material) throws IOException {
    Recipe recipe = order.recipe();
    ModelManifest model = material.model();
    List<Stage> done = new ArrayList<>();
    try (LossLog log = leads() ? LossLog.open(run.losses()) : null;
        Tokenizer tokenizer = ModelLoader.tokenizer(model, store)) {
      for (Stage stage : recipe.stages()) {
        if (!finished(run, stage)) {
          teach(stage, done, model, tokenizer, run, material, log);
        }
        // Nobody looks for what a stage made before it is there.
        order.ranks().minimum(0);
        done.add(stage);
      }
      if (log != null) {
        new LossCurve(log.rows()).write(run.path(), recipe.name());
      }
    }
    return leads() ? new ModelExport(model, store, run, recipe, order.half()).write() : run.model();
  }

  private boolean leads() {
    return order.ranks().rank() == 0;
  }

  private Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("recipe", order.recipe().name());
    facts.put("recipe-sha256", RunFolder.hash(RecipeReader.canonical(order.recipe())));
    facts.put("stages", order.recipe().stages().stream().map(Stage::name).collect(Collectors.joining(", ")));
    facts.put("seed", Long.toString(order.recipe().seed()));
    facts.put("model", order.model().id());
    facts.put("model-revision", order.model().revision());
    return facts;
  }

  private static boolean finished(RunFolder run, Stage stage) {
    boolean tower = stage.train().stream().allMatch(part -> part == Part.LLM) || Files.exists(run.tower(stage));
    return tower && (!stage.train().contains(Part.LLM) || Files.exists(run.decoder(stage)));
  }

  // ---- A stage.

  private void teach(Stage stage, List<Stage> before, ModelManifest model, Tokenizer tokenizer, RunFolder run,
      RunMaterial material, @Nullable LossLog log) throws IOException {
    try (LessonStore lessons = material.lessons(stage);
        Learner learner = Learner.open(model, store, run, order.recipe(), before, watcher::note);
        TrainableModel trainable = learner.load(stage, order.threads(), model.language().maxContext());
        FeatureStore features = new FeatureStore(lessons, trainable, run.features(order.ranks().rank()), order
            .featureBytes())) {
      Optional<Phrasing> phrasing = stage.teach() == Teaching.LABELS
          ? Optional.empty()
          : Optional.of(new Phrasing(stage, model, tokenizer, trainable.pictureTokens()));
      long from = resume(stage, trainable, run);
      StageRun steps = new StageRun(stage, lessons, features, trainable, phrasing, seed(stage), order.ranks());
      if (log != null) {
        requireRoom(trainable);
        log.forget(stage.name(), from + 1);
        watcher.stage(stage, from, trainable.parameterCount(), lessons.size());
      }
      steps(stage, steps, from, trainable, run, log);
      if (log != null) {
        phrasing.filter(words -> words.cut() > 0).ifPresent(words -> watcher.note(words.cut()
            + " answers of stage " + stage.name() + " were longer than max-answer " + stage.maxAnswer()
            + " tokens and were cut"));
        finish(stage, trainable, learner, run);
      }
    }
  }

  private long seed(Stage stage) {
    return order.recipe().seed() * 31 + stage.name().hashCode();
  }

  private static long resume(Stage stage, TrainableModel model, RunFolder run) {
    Optional<StageCheckpoint.State> saved = StageCheckpoint.load(run.checkpoint()).filter(state -> state.stage().equals(
        stage.name()));
    saved.ifPresent(state -> model.restore(state.step(), state.parameters()));
    return saved.map(StageCheckpoint.State::step).orElse(0L);
  }

  private void steps(Stage stage, StageRun steps, long from, TrainableModel model, RunFolder run,
      @Nullable LossLog log) throws IOException {
    long end = Math.min(stage.steps(), order.steps());
    long drawn = System.nanoTime();
    for (long step = from; step < end; step++) {
      long start = System.nanoTime();
      StageRun.Step made = steps.make(step, watcher::stopping);
      double seconds = (System.nanoTime() - start) / 1e9;
      if (log != null) {
        log.add(new LossLog.Row(stage.name(), step + 1, made.loss(), stage.rate().at(step), made.gradient(), made
            .positions(), seconds));
        watcher.step(stage, step + 1, made.loss(), made.positions(), seconds);
        if (made.last() || ((step + 1) % stage.checkpointEvery() == 0 && step + 1 < end)) {
          save(stage, step + 1, model, run);
        }
        if (System.nanoTime() - drawn > REDRAW.toNanos()) {
          new LossCurve(log.rows()).write(run.path(), order.recipe().name());
          drawn = System.nanoTime();
        }
      }
      if (made.last()) {
        throw new AlignException("stopped after step " + (step + 1) + " of stage " + stage.name()
            + "; --resume goes on");
      }
    }
  }

  private static void save(Stage stage, long step, TrainableModel model, RunFolder run) throws IOException {
    StageCheckpoint.save(run.checkpoint(), new StageCheckpoint.State(stage.name(), step, model.state()));
  }

  /** Better to learn now than at the first checkpoint that the disk is too small. */
  private void requireRoom(TrainableModel model) throws IOException {
    long needed = 2 * 3 * Float.BYTES * model.parameterCount();
    long free = Files.getFileStore(order.out()).getUsableSpace();
    if (free < needed) {
      throw new AlignException(
          "checkpoints need " + (needed >> 20) + " MiB in " + order.out() + ", where " + (free >> 20)
              + " MiB are free");
    }
  }

  private static void finish(Stage stage, TrainableModel model, Learner learner, RunFolder run) throws IOException {
    Map<String, List<Long>> tower = new LinkedHashMap<>();
    Map<String, List<Long>> decoder = new LinkedHashMap<>();
    Map<String, float[]> values = new LinkedHashMap<>();
    for (ParameterState state : model.state()) {
      values.put(state.name(), state.values());
      if (learner.language().checkpoint().tensors().containsKey(state.name())) {
        decoder.put(state.name(), state.shape());
      } else if (learner.sight().checkpoint().tensors().containsKey(state.name())) {
        tower.put(state.name(), state.shape());
      }
    }
    if (!decoder.isEmpty()) {
      Path partial = run.path().resolve("stages").resolve(stage.name() + "-llm.partial");
      Files.createDirectories(partial);
      Files.writeString(partial.resolve("config.json"), DecoderConfigs.json(learner.language().config()));
      TensorFile.write(partial.resolve("model.safetensors"), Map.of("format", "pt"), decoder, false, name -> values
          .getOrDefault(name, new float[0]));
      TensorFile.replace(partial, run.decoder(stage));
    }
    if (!tower.isEmpty()) {
      TensorFile.write(run.tower(stage), Map.of("format", "pt"), tower, false, name -> values.getOrDefault(name,
          new float[0]));
    }
    Files.deleteIfExists(run.checkpoint());
  }
}
