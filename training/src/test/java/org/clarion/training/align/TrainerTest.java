package org.clarion.training.align;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.script.EngineThread;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.Checkpoints;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.clarion.training.data.DataLayout;
import org.clarion.training.data.DataSet;
import org.clarion.training.data.PictureReader;
import org.clarion.training.data.ReportCase;
import org.clarion.training.data.UnreadablePictureException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few steps of a small random model on pictures of two colours. */
class TrainerTest {
  private static final String STAGE = """
      name: toy
      seed: 3
      model: tiny
      stages:
        - name: one
          train: [%s]
          questions: ["Which colour?"]
          batch: 4
          accumulate: %d
          max-answer: 12
          precision: f32
          rate: {start: 1e-3, peak: 1e-2, end: 1e-3, warm-up: 2, epochs: 1, steps-per-epoch: %d}
          longest-gradient: 1
          checkpoint-every: 2
      """;
  private static final String REPORT = "It is %.";

  @TempDir
  private Path folder;

  private static Recipe recipe(String train, int accumulate, int steps) {
    return RecipeReader.parse(STAGE.formatted(train, accumulate, steps), "toy.yaml");
  }

  private static DataSet data(int count, String report) {
    List<ReportCase> cases = IntStream.range(0, count).mapToObj(i -> new ReportCase("case" + i, Path.of("picture" + i),
        report.replace("%", i % 2 == 0 ? "red" : "blue"), Map.of(), Optional.empty(), List.of())).toList();
    return new DataSet(Path.of("toy.jsonl"), DataLayout.JSON_LINES, cases, List.of());
  }

  /** Even ones are red, odd ones blue, each a little different. */
  private static PixelTensor colour(Path file, int size) {
    int number = Integer.parseInt(file.toString().replaceAll("\\D", ""));
    byte[] bytes = new byte[3 * size * size];
    int channel = number % 2 == 0 ? 0 : 2;
    Arrays.fill(bytes, channel * size * size, (channel + 1) * size * size, (byte) (200 + number % 50));
    return new PixelTensor(size, bytes);
  }

  /** Remembers losses, and stops where it is told to. */
  private static class Diary implements Trainer.Watcher {
    private final List<Double> losses = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final long stopAfter;

    Diary(long stopAfter) {
      this.stopAfter = stopAfter;
    }

    @Override
    public void preparing(String stage, int done, int total) {}

    @Override
    public void stage(Stage stage, long from, long parameters, int lessons) {}

    @Override
    public void step(Stage stage, long step, double loss, long positions, double seconds) {
      losses.add(loss);
    }

    @Override
    public void note(String text) {
      notes.add(text);
    }

    @Override
    public boolean stopping() {
      // Asked while a step is being made.
      return losses.size() == stopAfter - 1;
    }
  }

  private static ModelManifest tiny() {
    return ModelCatalogue.builtIn().require("tiny");
  }

  private Trainer trainer(Recipe recipe, ModelManifest model, Map<String, DataSet> data, String out, boolean resume,
      PictureReader pictures, Diary record) {
    return new Trainer(new Trainer.Order(recipe, model, data, folder.resolve(out), resume, 1, false, 1 << 20,
        Long.MAX_VALUE, Collectives.single()), new ModelStore(folder), pictures, record);
  }

  private Path train(Recipe recipe, DataSet data, String out, Diary record) {
    return trainer(recipe, tiny(), Map.of("data", data), out, false, TrainerTest::colour, record).run();
  }

  private List<Double> resume(Recipe recipe, DataSet data, String out) {
    Diary record = new Diary(-1);
    trainer(recipe, tiny(), Map.of("data", data), out, true, TrainerTest::colour, record).run();
    return record.losses;
  }

  @Test
  void learnsTheProjectionAndWritesAModelThatLoads() throws IOException {
    Diary record = new Diary(-1);
    Path manifest = train(recipe("projection", 1, 30), data(8, REPORT), "run", record);
    assertThat(record.losses).hasSize(30);
    assertThat(record.losses.getLast()).isLessThan(record.losses.getFirst() - 0.02);
    ModelManifest model = ModelCatalogue.read(manifest);
    ModelStore store = new ModelStore(folder);
    try (DecoderWeights language = ModelLoader.language(model, store);
        VisionWeights sight = ModelLoader.vision(model, store, language.config().hidden());
        Checkpoint projection = Checkpoints.open(folder.resolve("run/model/projection.safetensors"))) {
      assertThat(sight.llmHidden()).isEqualTo(64);
      assertThat(projection.tensors()).containsKeys("llama_proj.weight", "llama_proj.bias");
    }
    assertThat(Files.readAllLines(folder.resolve("run/losses.csv"))).hasSize(31);
    assertThat(folder.resolve("run/loss.html")).exists();
    assertThat(folder.resolve("run/loss.png")).exists();
    assertThat(Files.readString(folder.resolve("run/run.json"))).contains("recipe-sha256", "data-sha256 one");
    assertThat(folder.resolve("run/checkpoint.safetensors")).doesNotExist();
  }

  @Test
  void learnsEveryPartAtOnce() {
    Diary record = new Diary(-1);
    train(recipe("encoder, qformer, projection, llm", 2, 12), data(8, REPORT), "run", record);
    assertThat(record.losses.getLast()).isLessThan(record.losses.getFirst() / 2);
  }

  @Test
  void whatWasCutOffGoesOnWithTheSameNumbers() {
    Recipe recipe = recipe("qformer, projection", 2, 7);
    Diary whole = new Diary(-1);
    train(recipe, data(6, REPORT), "whole", whole);
    Diary first = new Diary(3);
    assertThatThrownBy(() -> train(recipe, data(6, REPORT), "cut", first)).isInstanceOf(AlignException.class)
        .hasMessage(
            "stopped after step 3 of stage one; --resume goes on");
    List<Double> together = new ArrayList<>(first.losses);
    together.addAll(resume(recipe, data(6, REPORT), "cut"));
    assertThat(together).isEqualTo(whole.losses);
    assertThat(folder.resolve("cut/model/trained.safetensors")).hasSameBinaryContentAs(folder.resolve(
        "whole/model/trained.safetensors"));
  }

  @Test
  void aMissingProjectionBeginsAtRandomAndAPresentOneWhenTold() throws IOException {
    ModelManifest trained = ModelCatalogue.read(train(recipe("projection", 1, 2), data(4, REPORT), "run", new Diary(
        -1)));
    ModelManifest.Vision sight = Objects.requireNonNull(trained.vision());
    ModelManifest without = new ModelManifest(trained.id(), trained.title(), trained.licence(), trained.revision(),
        trained.folder(), trained.language(),
        new ModelManifest.Vision(List.of("trained.safetensors"), sight.imageSize(),
            sight.mean(), sight.std(), sight.shape(), sight.tokens()),
        trained.prompt(), trained.stop(), trained
            .samplingDefaults(),
        trained.notice(), List.of(), null);
    Recipe fresh = RecipeReader.parse("fresh-projection: true\n" + STAGE.formatted("projection", 1, 2), "toy.yaml");
    List<Diary> diaries = List.of(new Diary(-1), new Diary(-1), new Diary(-1));
    trainer(recipe("projection", 1, 2), without, Map.of("data", data(4, REPORT)), "missing", false,
        TrainerTest::colour, diaries.get(0)).run();
    trainer(fresh, trained, Map.of("data", data(4, REPORT)), "fresh", false, TrainerTest::colour, diaries.get(1)).run();
    trainer(recipe("projection", 1, 2), trained, Map.of("data", data(4, REPORT)), "going-on", false,
        TrainerTest::colour, diaries.get(2)).run();
    assertThat(diaries.get(0).notes).containsExactly("model tiny has no projection: it begins at random");
    assertThat(diaries.get(1).notes).isEmpty();
    assertThat(diaries.get(1).losses).isEqualTo(diaries.get(0).losses).isNotEqualTo(diaries.get(2).losses);
  }

  @Test
  void severalTrainersLearnWhatOneLearns() throws Exception {
    Recipe recipe = recipe("qformer, projection", 2, 6);
    Diary alone = new Diary(-1);
    train(recipe, data(6, "It is % and %."), "alone", alone);
    Diary first = new Diary(-1);
    List<Collective> ranks = Collectives.threads(3, Duration.ofSeconds(60));
    share(recipe, ranks, first, new Diary(-1)).forEach(CompletableFuture::join);
    assertThat(first.losses).hasSameSizeAs(alone.losses);
    for (int i = 0; i < first.losses.size(); i++) {
      assertThat(first.losses.get(i)).isCloseTo(alone.losses.get(i), within(1e-4));
    }
    assertThat(folder.resolve("shared/model/model.yaml")).exists();
    assertThat(Files.readAllLines(folder.resolve("shared/losses.csv"))).hasSize(7);
  }

  @Test
  void aTrainerThatIsLostEndsTheOthers() {
    Recipe recipe = recipe("projection", 1, 400);
    List<Collective> ranks = Collectives.threads(2, Duration.ofSeconds(60));
    Diary leaving = new Diary(-1) {
      @Override
      public void step(Stage stage, long step, double loss, long positions, double seconds) {
        ranks.getLast().close();
      }
    };
    List<CompletableFuture<Path>> ends = share(recipe, ranks, leaving, new Diary(-1));
    assertThatThrownBy(ends.getFirst()::join).hasCauseInstanceOf(AlignException.class).hasMessageContaining(
        "--resume goes on");
    assertThatThrownBy(ends.getLast()::join).hasCauseInstanceOf(AlignException.class);
  }

  /** Trainers of one group, each on a thread of its own. */
  private List<CompletableFuture<Path>> share(Recipe recipe, List<Collective> ranks, Diary first, Diary others) {
    DataSet data = data(6, "It is % and %.");
    trainer(recipe, tiny(), Map.of("data", data), "shared", false, TrainerTest::colour, first).prepare();
    return ranks.stream().map(rank -> {
      Trainer trainer = new Trainer(new Trainer.Order(recipe, tiny(), Map.of("data", data), folder.resolve("shared"),
          true, 1, false, 1 << 20, Long.MAX_VALUE, rank), new ModelStore(folder), TrainerTest::colour,
          rank.rank() == 0
              ? first
              : others);
      EngineThread thread = EngineThread.start("trainer-" + rank.rank(), 1);
      return thread.submit(trainer::train).whenComplete((_, _) -> rank.close());
    }).toList();
  }

  @Test
  void aKilledRunMakesTheStepsSinceItsCheckpointAgain() throws IOException {
    Recipe recipe = recipe("projection", 1, 6);
    Diary whole = new Diary(-1);
    train(recipe, data(6, REPORT), "whole", whole);
    Diary first = new Diary(4);
    assertThatThrownBy(() -> train(recipe, data(6, REPORT), "cut", first)).isInstanceOf(AlignException.class);
    // As after kill -9 in step 6: the checkpoint is of step 4, the log is further on and ends in the middle of a line.
    Path log = folder.resolve("cut/losses.csv");
    Files.writeString(log, Files.readString(log) + "one,5,9.9,0.1,1.0,100,0.1\none,6,9.");
    assertThat(resume(recipe, data(6, REPORT), "cut")).isEqualTo(whole.losses.subList(4, 6));
    assertThat(Files.readAllLines(log)).hasSize(7).noneMatch(line -> line.contains("9.9"));
  }

  @Test
  void aCheckpointThatCannotBeWrittenEndsItAndTheLastOneStays() throws IOException {
    Recipe recipe = recipe("projection", 1, 6);
    Diary whole = new Diary(-1);
    train(recipe, data(6, REPORT), "whole", whole);
    // In the way of the second checkpoint, as a full disk would be.
    Path inTheWay = folder.resolve("cut/checkpoint.safetensors.partial/thing");
    Diary first = new Diary(-1) {
      @Override
      public void step(Stage stage, long step, double loss, long positions, double seconds) {
        super.step(stage, step, loss, positions, seconds);
        if (step == 4) {
          try {
            Files.createDirectories(inTheWay);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      }
    };
    assertThatThrownBy(() -> train(recipe, data(6, REPORT), "cut", first)).isInstanceOf(AlignException.class)
        .hasMessageContaining("What is written is whole; when the cause is gone, --resume goes on from there");
    Files.delete(inTheWay);
    Files.delete(inTheWay.getParent());
    assertThat(resume(recipe, data(6, REPORT), "cut")).isEqualTo(whole.losses.subList(2, 6));
  }

  @Test
  void aStartThatWasCutShortIsBegunAnew() throws IOException {
    Recipe recipe = recipe("projection", 1, 2);
    Files.createDirectories(folder.resolve("run/stages"));
    Files.writeString(folder.resolve("run/recipe.yaml"), "na");
    Files.writeString(folder.resolve("run/run.json.partial"), "{");
    Diary diary = new Diary(-1);
    train(recipe, data(6, REPORT), "run", diary);
    assertThat(diary.losses).hasSize(2);
    Files.createDirectories(folder.resolve("other"));
    Files.writeString(folder.resolve("other/thesis.txt"), "mine");
    assertThatThrownBy(() -> train(recipe, data(6, REPORT), "other", diary)).hasMessageContaining(
        "is not empty and holds no training");
  }

  @Test
  void aLossThatIsNoNumberEndsItAndNamesTheBatch() {
    ModelManifest.Vision sight = Objects.requireNonNull(tiny().vision());
    ModelManifest blind = Manifests.with(tiny(), tiny().language(), new ModelManifest.Vision(sight.weights(), sight
        .imageSize(), sight.mean(), List.of(0.0, 0.0, 0.0), sight.shape(), sight.tokens()));
    Trainer trainer = trainer(recipe("projection", 1, 5), blind, Map.of("data", data(4, REPORT)), "run", false,
        TrainerTest::colour, new Diary(-1));
    assertThatThrownBy(trainer::run).isInstanceOf(AlignException.class).hasMessageStartingWith(
        "stage one, step 1: the loss is NaN in the batch of case");
  }

  @Test
  void badPicturesAreLeftOutAndNamed() {
    PictureReader some = (file, size) -> {
      if (file.endsWith("picture1")) {
        throw new UnreadablePictureException(file + ": is no picture");
      }
      return colour(file, size);
    };
    Diary record = new Diary(-1);
    trainer(recipe("projection", 1, 2), tiny(), Map.of("data", data(6, REPORT)), "run", false, some, record).run();
    assertThat(record.notes).containsExactly("picture1: is no picture");
  }

  @Test
  void nothingToLearnFromIsSaid() {
    Recipe recipe = recipe("projection", 1, 2);
    assertThatThrownBy(() -> train(recipe, data(0, ""), "none", new Diary(-1))).hasMessageContaining(
        "there are 0 pictures to learn from");
    assertThatThrownBy(() -> train(recipe, data(1, REPORT), "single", new Diary(-1))).hasMessageContaining(
        "there is 1 picture to learn from");
    Trainer without = trainer(recipe, tiny(), Map.of(), "without", false, TrainerTest::colour, new Diary(-1));
    assertThatThrownBy(without::run).hasMessage("stage one needs data: --data DIR");
  }

  @Test
  void whatIsTooLongForTheModelIsNamed() {
    Recipe recipe = RecipeReader.parse(STAGE.formatted("projection", 1, 2).replace("max-answer: 12",
        "max-answer: 4000"), "toy.yaml");
    assertThatThrownBy(() -> train(recipe, data(4, "word % ".repeat(1500)), "run", new Diary(-1))).isInstanceOf(
        AlignException.class).hasMessageMatching(
            "case case\\d takes \\d+ positions .* the model has 1024\\. Lower max-answer of stage one.*");
  }

  @Test
  void aRunIsNotOverwrittenNorMixedWithAnother() {
    train(recipe("projection", 1, 2), data(4, REPORT), "run", new Diary(-1));
    assertThatThrownBy(() -> train(recipe("projection", 1, 2), data(4, REPORT), "run", new Diary(-1)))
        .hasMessageContaining("holds a training already; --resume goes on with it");
    assertThatThrownBy(() -> resume(recipe("projection", 1, 3), data(4, REPORT), "run")).hasMessageContaining(
        "was begun with recipe-sha256");
  }

  @Test
  void labelsAreLearned() {
    Recipe recipe = RecipeReader.parse("""
        name: see
        seed: 5
        model: tiny
        stages:
          - name: labels
            teach: labels
            data: {phantoms: mix, count: 8, seed: 1, size: 56}
            train: [encoder, qformer]
            batch: 4
            rate: {start: 1e-3, peak: 1e-3, end: 1e-3, epochs: 1, steps-per-epoch: 12}
        """, "see.yaml");
    Diary record = new Diary(-1);
    train(recipe, data(0, ""), "run", record);
    assertThat(record.losses.getLast()).isLessThan(record.losses.getFirst() / 2);
    try (Checkpoint trained = Checkpoints.open(folder.resolve("run/stages/labels.safetensors"))) {
      assertThat(trained.tensors()).containsKey("query_tokens").doesNotContainKeys("label_head.weight",
          "llama_proj.weight");
    }
  }
}
