package org.clarion.training.align;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.training.data.DataSet;
import org.clarion.training.data.PictureReader;

/** What a run learns from: the lessons of its stages, and the vocabulary where one is learned from them. */
final class RunMaterial {
  private final Trainer.Order order;
  private final RunFolder run;
  private final PictureReader pictures;
  private final Trainer.Watcher watcher;

  RunMaterial(Trainer.Order order, RunFolder run, PictureReader pictures, Trainer.Watcher watcher) {
    this.order = order;
    this.run = run;
    this.pictures = pictures;
    this.watcher = watcher;
  }

  /**
   * Makes everything ready in the run's folder, or finds it ready there.
   *
   * @throws AlignException
   *           when something is missing or cannot be learned from
   */
  void prepare() throws IOException {
    for (Stage stage : order.recipe().stages()) {
      requireData(stage);
    }
    for (Stage stage : order.recipe().stages()) {
      try (LessonStore lessons = lessons(stage)) {
        lessons.summary().bad().forEach(watcher::note);
        run.note("data-sha256 " + stage.name(), lessons.summary().sha256());
        if (stage.teach() == Teaching.LABELS && lessons.lessons().stream().allMatch(lesson -> lesson.labels()
            .isEmpty())) {
          throw new AlignException("stage " + stage.name() + " teaches labels, and none of its " + lessons.size()
              + " pictures has any");
        }
      }
    }
    if (order.recipe().vocabulary().isPresent() && !Files.exists(run.vocabulary())) {
      learnVocabulary(order.recipe().vocabulary().get());
    }
  }

  /** The model to begin with, with the vocabulary that was learned for it where the recipe wants that. */
  ModelManifest model() {
    return order.recipe().vocabulary().isEmpty()
        ? order.model()
        : Manifests.withVocabulary(order.model(), run.vocabulary().toAbsolutePath().toString());
  }

  /** The lessons of a stage; the caller closes them. */
  LessonStore lessons(Stage stage) throws IOException {
    int imageSize = vision().imageSize();
    Lessons source = switch (stage.material()) {
      case Material.Given given -> Lessons.of(data(given).orElseThrow().cases(), pictures);
      case Material.Phantoms phantoms -> Lessons.of(phantoms);
    };
    String key = imageSize + " " + switch (stage.material()) {
      case Material.Given given -> data(given).orElseThrow().source().toAbsolutePath();
      case Material.Phantoms phantoms -> phantoms;
    };
    return LessonStore.prepare(run.material(key), source, imageSize, (done, total) -> watcher.preparing(stage.name(),
        done, total));
  }

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

  private ModelManifest.Vision vision() {
    ModelManifest.Vision vision = order.model().vision();
    if (vision == null) {
      throw new AlignException("model " + order.model().id() + " has no image tower: there is nothing to align");
    }
    return vision;
  }

  private void learnVocabulary(int size) throws IOException {
    DecoderConfig shape = order.model().language().config();
    if (shape == null || shape.vocabulary() != size) {
      throw new AlignException("the recipe learns a vocabulary of " + size + " ids, and model " + order.model().id()
          + (shape == null ? " brings a decoder with its own" : " has one of " + shape.vocabulary()));
    }
    List<String> texts = new ArrayList<>();
    for (Stage stage : order.recipe().stages()) {
      if (stage.teach() != Teaching.LABELS) {
        texts.addAll(stage.questions());
        try (LessonStore lessons = lessons(stage)) {
          lessons.lessons().forEach(lesson -> texts.addAll(words(lesson)));
        }
      }
    }
    Path partial = run.path().resolve("tokenizer.json.partial");
    Files.writeString(partial, BpeVocabulary.learn(texts, size));
    TensorFile.replace(partial, run.vocabulary());
    watcher.note("a vocabulary of " + size + " ids was learned from " + texts.size() + " texts");
  }

  private static List<String> words(Lesson lesson) {
    return Stream.concat(Stream.of(lesson.caption(), lesson.report()), lesson.dialogue().stream().flatMap(turn -> Stream
        .of(turn.question(), turn.answer()))).toList();
  }
}
