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
import java.util.stream.Stream;
import org.clarion.engine.align.ParameterState;
import org.clarion.engine.align.TrainableModel;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.checkpoint.DecoderConfigs;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.clarion.models.tokenizer.Tokenizer;
import org.clarion.training.data.DataSet;
import org.clarion.training.data.PictureReader;

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
   * @param half
   *          whether the model is written in float16
   * @param featureBytes
   *          room on disk for what frozen parts make of pictures
   * @param steps
   *          ends after so many steps of a stage, for trials; {@link Long#MAX_VALUE} for all
   */
  public record Order(Recipe recipe, ModelManifest model, Map<String, DataSet> data, Path out, boolean resume,
      int threads, boolean half, long featureBytes, long steps) {
    public Order {
      data = Map.copyOf(data);
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

    /** Whether to stop at the next step. */
    boolean stopping();
  }

  public Trainer(Order order, ModelStore store, PictureReader pictures, Watcher watcher) {
    this.order = order;
    this.store = store;
    this.pictures = pictures;
    this.watcher = watcher;
  }

  /**
   * Runs to the end.
   *
   * @return the model's manifest
   * @throws AlignException
   *           when it cannot begin or had to stop
   */
  public Path run() {
    try {
      return follow();
    } catch (IOException e) {
      throw new AlignException("the training in " + order.out() + " stopped: " + (e.getMessage() == null
          ? e.getClass().getSimpleName()
          : e.getMessage()) + ". Its last checkpoint is whole; --resume goes on from there", e);
    }
  }

  private Path follow() throws IOException {
    Recipe recipe = order.recipe();
    RunFolder run = RunFolder.open(order.out(), facts(), recipe.text(), order.resume());
    for (Stage stage : recipe.stages()) {
      requireData(stage);
    }
    ModelManifest model = vocabulary(run);
    try (LossLog log = LossLog.open(run.losses()); Tokenizer tokenizer = ModelLoader.tokenizer(model, store)) {
      List<Stage> done = new ArrayList<>();
      for (Stage stage : recipe.stages()) {
        if (!finished(run, stage)) {
          teach(stage, done, model, tokenizer, run, log);
        }
        done.add(stage);
      }
      new LossCurve(log.rows()).write(run.path(), recipe.name());
    }
    return new ModelExport(model, store, run, recipe, order.half()).write();
  }

  private Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("recipe", order.recipe().name());
    facts.put("recipe-sha256", RunFolder.hash(RecipeReader.canonical(order.recipe())));
    facts.put("seed", Long.toString(order.recipe().seed()));
    facts.put("model", order.model().id());
    facts.put("model-revision", order.model().revision());
    return facts;
  }

  private static boolean finished(RunFolder run, Stage stage) {
    boolean tower = stage.train().stream().allMatch(part -> part == Part.LLM) || Files.exists(run.tower(stage));
    return tower && (!stage.train().contains(Part.LLM) || Files.exists(run.decoder(stage)));
  }

  // ---- Material.

  private void requireData(Stage stage) {
    if (stage.material() instanceof Material.Given given && data(given).isEmpty()) {
      throw new AlignException("stage " + stage.name() + " needs data: --data " + (given.name().equals("data")
          ? ""
          : given.name() + "=") + "DIR");
    }
  }

  private Optional<DataSet> data(Material.Given given) {
    return Optional.ofNullable(order.data().getOrDefault(given.name(), order.data().get("data")));
  }

  private LessonStore lessons(Stage stage, RunFolder run, int imageSize) throws IOException {
    Lessons source = switch (stage.material()) {
      case Material.Given given -> Lessons.of(data(given).orElseThrow().cases(), pictures);
      case Material.Phantoms phantoms -> Lessons.of(phantoms);
    };
    String key = imageSize + " " + switch (stage.material()) {
      case Material.Given given -> data(given).orElseThrow().source().toAbsolutePath();
      case Material.Phantoms phantoms -> phantoms;
    };
    LessonStore lessons = LessonStore.prepare(run.material(key), source, imageSize, (done, total) -> watcher.preparing(
        stage.name(), done, total));
    lessons.summary().bad().forEach(watcher::note);
    run.note("data-sha256 " + stage.name(), lessons.summary().sha256());
    return lessons;
  }

  /** The model with the vocabulary that is learned for it, where the recipe wants that. */
  private ModelManifest vocabulary(RunFolder run) throws IOException {
    ModelManifest model = order.model();
    if (order.recipe().vocabulary().isEmpty()) {
      return model;
    }
    int size = order.recipe().vocabulary().get();
    DecoderConfig shape = model.language().config();
    if (shape == null || shape.vocabulary() != size) {
      throw new AlignException("the recipe learns a vocabulary of " + size + " ids, and model " + model.id()
          + (shape == null ? " brings a decoder with its own" : " has one of " + shape.vocabulary()));
    }
    if (!Files.exists(run.vocabulary())) {
      List<String> texts = new ArrayList<>();
      for (Stage stage : order.recipe().stages()) {
        if (stage.teach() != Teaching.LABELS) {
          texts.addAll(stage.questions());
          try (LessonStore lessons = lessons(stage, run, vision(model).imageSize())) {
            lessons.lessons().forEach(lesson -> texts.addAll(words(lesson)));
          }
        }
      }
      Path partial = run.path().resolve("tokenizer.json.partial");
      Files.writeString(partial, BpeVocabulary.learn(texts, size));
      TensorFile.replace(partial, run.vocabulary());
      watcher.note("a vocabulary of " + size + " ids was learned from " + texts.size() + " texts");
    }
    return Manifests.withVocabulary(model, run.vocabulary().toAbsolutePath().toString());
  }

  private static List<String> words(Lesson lesson) {
    return Stream.concat(Stream.of(lesson.caption(), lesson.report()), lesson.dialogue().stream().flatMap(turn -> Stream
        .of(turn.question(), turn.answer()))).toList();
  }

  private static ModelManifest.Vision vision(ModelManifest model) {
    ModelManifest.Vision vision = model.vision();
    if (vision == null) {
      throw new AlignException("model " + model.id() + " has no image tower: there is nothing to align");
    }
    return vision;
  }

  // ---- A stage.

  private void teach(Stage stage, List<Stage> before, ModelManifest model, Tokenizer tokenizer, RunFolder run,
      LossLog log) throws IOException {
    try (LessonStore lessons = lessons(stage, run, vision(model).imageSize());
        Learner learner = Learner.open(model, store, run, before);
        TrainableModel trainable = learner.load(stage, order.threads(), model.language().maxContext());
        FeatureStore features = new FeatureStore(lessons, trainable, run.features(), order.featureBytes())) {
      if (stage.teach() == Teaching.LABELS
          && lessons.lessons().stream().allMatch(lesson -> lesson.labels().isEmpty())) {
        throw new AlignException("stage " + stage.name() + " teaches labels, and none of its " + lessons.size()
            + " pictures has any");
      }
      requireRoom(trainable);
      Optional<Phrasing> phrasing = stage.teach() == Teaching.LABELS
          ? Optional.empty()
          : Optional.of(new Phrasing(stage, model, tokenizer, trainable.pictureTokens()));
      long from = resume(stage, trainable, run);
      log.forget(stage.name(), from + 1);
      watcher.stage(stage, from, trainable.parameterCount(), lessons.size());
      StageRun steps = new StageRun(stage, lessons, features, trainable, phrasing, seed(stage));
      steps(stage, steps, from, trainable, run, log);
      phrasing.filter(words -> words.cut() > 0).ifPresent(words -> watcher.note(words.cut()
          + " answers of stage " + stage.name() + " were longer than max-answer " + stage.maxAnswer()
          + " tokens and were cut"));
      finish(stage, trainable, learner, run);
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

  private void steps(Stage stage, StageRun steps, long from, TrainableModel model, RunFolder run, LossLog log)
      throws IOException {
    long end = Math.min(stage.steps(), order.steps());
    long drawn = System.nanoTime();
    for (long step = from; step < end; step++) {
      if (watcher.stopping()) {
        save(stage, step, model, run);
        throw new AlignException("stopped after step " + step + " of stage " + stage.name() + "; --resume goes on");
      }
      long start = System.nanoTime();
      StageRun.Step made = steps.make(step);
      double seconds = (System.nanoTime() - start) / 1e9;
      log.add(new LossLog.Row(stage.name(), step + 1, made.loss(), stage.rate().at(step), made.gradient(), made
          .positions(), seconds));
      watcher.step(stage, step + 1, made.loss(), made.positions(), seconds);
      if ((step + 1) % stage.checkpointEvery() == 0 && step + 1 < end) {
        save(stage, step + 1, model, run);
      }
      if (System.nanoTime() - drawn > REDRAW.toNanos()) {
        new LossCurve(log.rows()).write(run.path(), order.recipe().name());
        drawn = System.nanoTime();
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
