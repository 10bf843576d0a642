package org.clarion.training.align;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import org.clarion.engine.align.Sequences;
import org.clarion.engine.align.Sight;
import org.clarion.engine.align.TrainableModel;
import org.clarion.engine.learn.AdamW;

/** The steps of one stage. To be used by the model's thread. */
final class StageRun {
  private final Stage stage;
  private final LessonStore lessons;
  private final FeatureStore features;
  private final TrainableModel model;
  private final Optional<Phrasing> phrasing;
  private final Drawing order;
  private final long seed;

  /** What a step came to. */
  record Step(double loss, double gradient, long positions) {}

  /**
   * A stage that may begin anywhere.
   *
   * @param phrasing
   *          empty where labels are taught
   * @param seed
   *          of everything that is drawn in this stage
   */
  StageRun(Stage stage, LessonStore lessons, FeatureStore features, TrainableModel model, Optional<Phrasing> phrasing,
      long seed) {
    this.stage = stage;
    this.lessons = lessons;
    this.features = features;
    this.model = model;
    this.phrasing = phrasing;
    this.order = new Drawing(seed, lessons.size());
    this.seed = seed;
  }

  /**
   * Makes one step.
   *
   * @throws AlignException
   *           when the loss or a gradient is no number: nothing was moved by this step
   */
  Step make(long step) throws IOException {
    double loss = 0;
    long positions = 0;
    SequencedSet<String> ids = new LinkedHashSet<>();
    for (int part = 0; part < stage.accumulate(); part++) {
      long batch = step * stage.accumulate() + part;
      Batch made = batch(batch);
      ids.addAll(made.ids());
      double one = collect(made);
      if (!Double.isFinite(one)) {
        throw lost(step, "the loss is " + one, made.ids());
      }
      loss += one / stage.accumulate();
      positions += made.positions();
    }
    AdamW.Step moved = model.step(stage.rate().at(step));
    if (moved.refused()) {
      throw lost(step, "the gradient is " + moved.gradientLength(), ids);
    }
    return new Step(loss, moved.gradientLength(), positions);
  }

  private AlignException lost(long step, String what, SequencedSet<String> ids) {
    return new AlignException("stage " + stage.name() + ", step " + (step + 1) + ": " + what + " in the batch of "
        + String
            .join(", ", ids)
        + ". Nothing was moved by it. A lower rate.peak, precision f32 or longest-gradient 1 may help");
  }

  private record Batch(List<Sight> sights, Optional<Sequences> sequences, float[] labels, SequencedSet<String> ids,
      long positions) {}

  private double collect(Batch batch) {
    double share = 1.0 / stage.accumulate();
    return batch.sequences().isPresent()
        ? model.collect(batch.sights(), batch.sequences().get(), share)
        : model.collectLabels(batch.sights(), batch.labels(), share);
  }

  private Batch batch(long number) throws IOException {
    List<Sight> sights = new ArrayList<>();
    List<Sequences.Sequence> sequences = new ArrayList<>();
    SequencedSet<String> ids = new LinkedHashSet<>();
    float[] labels = new float[phrasing.isPresent() ? 0 : stage.batch() * LabelList.size()];
    for (int i = 0; i < stage.batch(); i++) {
      long position = number * stage.batch() + i;
      int index = order.at(position);
      Lesson lesson = lessons.lesson(index);
      ids.add(lesson.id());
      sights.add(features.sight(index));
      if (phrasing.isPresent()) {
        sequences.add(
            phrasing.get().of(lesson, Drawing.random(seed ^ 0x5DEECE66DL, number), Drawing.random(seed, ~position)));
      } else {
        for (int label : lesson.labels()) {
          labels[i * LabelList.size() + label] = 1;
        }
      }
    }
    if (phrasing.isEmpty()) {
      return new Batch(sights, Optional.empty(), labels, ids, (long) stage.batch() * model.pictureTokens());
    }
    Sequences side = Sequences.of(sequences, model.pictureTokens(), 0);
    return new Batch(sights, Optional.of(side), labels, ids, side.positions());
  }
}
