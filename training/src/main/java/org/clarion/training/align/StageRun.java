package org.clarion.training.align;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.clarion.engine.align.Sequences;
import org.clarion.engine.align.Sequences.Sequence;
import org.clarion.engine.align.Sight;
import org.clarion.engine.align.TrainableModel;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.learn.AdamW;

/** The steps of one stage. To be used by the model's thread. */
final class StageRun {
  /**
   * So many batches are drawn at once, and talks of like length go side by side: otherwise half of what is computed is
   * padding. Stages with whole prompts keep one prompt to a batch instead.
   */
  private static final int WINDOW = 8;

  private final Stage stage;
  private final LessonStore lessons;
  private final FeatureStore features;
  private final TrainableModel model;
  private final Optional<Phrasing> phrasing;
  private final Drawing order;
  private final long seed;
  private final Collective ranks;
  private final List<List<Draw>> drawn = new ArrayList<>();
  private long window = -1;

  /**
   * What a step came to, over all ranks.
   *
   * @param last
   *          whether the first rank wanted this step to be the last one
   */
  record Step(double loss, double gradient, long positions, boolean last) {}

  /**
   * A stage that may begin anywhere.
   *
   * @param phrasing
   *          empty where labels are taught
   * @param seed
   *          of everything that is drawn in this stage
   * @param ranks
   *          trainers that share each batch; all draw the same
   */
  StageRun(Stage stage, LessonStore lessons, FeatureStore features, TrainableModel model, Optional<Phrasing> phrasing,
      long seed, Collective ranks) {
    if (stage.batch() < ranks.size()) {
      throw new AlignException("stage " + stage.name() + " has batches of " + stage.batch() + ", which " + ranks.size()
          + " processes cannot share");
    }
    this.stage = stage;
    this.lessons = lessons;
    this.features = features;
    this.model = model;
    this.phrasing = phrasing;
    this.order = new Drawing(seed, lessons.size());
    this.seed = seed;
    this.ranks = ranks;
  }

  /**
   * Makes one step.
   *
   * @param last
   *          whether it is to be the last one; the first rank's word counts
   * @throws AlignException
   *           when the loss or a gradient is no number: nothing was moved by this step
   */
  Step make(long step, BooleanSupplier last) throws IOException {
    float[] sums = new float[3];
    SequencedSet<String> ids = new LinkedHashSet<>();
    for (int part = 0; part < stage.accumulate(); part++) {
      List<Draw> draws = draws(step * stage.accumulate() + part);
      draws.forEach(draw -> ids.add(lessons.lesson(draw.index()).id()));
      Batch mine = batch(IntStream.range(0, draws.size()).filter(i -> i % ranks.size() == ranks.rank()).mapToObj(
          draws::get).toList());
      double share = weight(mine.draws()) / weight(draws) / stage.accumulate();
      double loss = collect(mine, share);
      sums[0] += (float) (loss * share);
      sums[1] += mine.positions();
    }
    sums[2] = ranks.rank() == 0 && last.getAsBoolean() ? 1 : 0;
    ranks.allReduce(FloatBuffer.wrap(sums));
    if (!Float.isFinite(sums[0])) {
      throw lost(step, "the loss is " + sums[0], ids);
    }
    model.optimiser().exchange(ranks);
    AdamW.Step moved = model.step(stage.rate().at(step));
    if (moved.refused()) {
      throw lost(step, "the gradient is " + moved.gradientLength(), ids);
    }
    return new Step(sums[0], moved.gradientLength(), (long) sums[1], sums[2] > 0);
  }

  /** What draws count for in a batch's mean. */
  private double weight(List<Draw> draws) {
    return phrasing.isPresent()
        ? draws.stream().mapToInt(draw -> draw.sequence().orElseThrow().answer().length).sum()
        : draws.size();
  }

  private AlignException lost(long step, String what, SequencedSet<String> ids) {
    return new AlignException("stage " + stage.name() + ", step " + (step + 1) + ": " + what + " in the batch of "
        + String
            .join(", ", ids)
        + ". Nothing was moved by it. A lower rate.peak, precision f32 or longest-gradient 1 may help");
  }

  private record Batch(List<Draw> draws, List<Sight> sights, Optional<Sequences> sequences, long positions) {}

  private double collect(Batch batch, double share) {
    return batch.sequences().isPresent()
        ? model.collect(batch.sights(), batch.sequences().get(), share)
        : model.collectLabels(batch.sights(), labels(batch.draws()), share);
  }

  private Batch batch(List<Draw> draws) throws IOException {
    List<Sight> sights = new ArrayList<>();
    for (Draw draw : draws) {
      sights.add(features.sight(draw.index()));
    }
    if (phrasing.isEmpty()) {
      return new Batch(draws, sights, Optional.empty(), (long) draws.size() * model.pictureTokens());
    }
    List<Sequence> words = draws.stream().map(draw -> draw.sequence().orElseThrow()).toList();
    Sequences side = stage.train().contains(Part.LLM)
        ? Sequences.of(words, model.pictureTokens(), 0)
        : Sequences.afterStart(words, model.pictureTokens(), 0);
    return new Batch(draws, sights, Optional.of(side), side.positions());
  }

  private float[] labels(List<Draw> draws) {
    float[] labels = new float[draws.size() * LabelList.size()];
    for (int i = 0; i < draws.size(); i++) {
      for (int label : lessons.lesson(draws.get(i).index()).labels()) {
        labels[i * LabelList.size() + label] = 1;
      }
    }
    return labels;
  }

  /** A lesson, and how it is put where words are taught. */
  private record Draw(int index, Optional<Sequences.Sequence> sequence) {
    int length() {
      return sequence.map(words -> words.length(0)).orElse(0);
    }
  }

  private List<Draw> draws(long number) {
    long wanted = number / WINDOW;
    if (wanted != window) {
      List<Draw> all = new ArrayList<>();
      for (long batch = wanted * WINDOW; batch < (wanted + 1) * WINDOW; batch++) {
        for (int i = 0; i < stage.batch(); i++) {
          all.add(draw(batch, batch * stage.batch() + i));
        }
      }
      boolean alike = phrasing.isPresent() && stage.prompts().isEmpty();
      if (alike) {
        all.sort(Comparator.comparingInt(Draw::length));
      }
      drawn.clear();
      for (int i = 0; i < all.size(); i += stage.batch()) {
        drawn.add(List.copyOf(all.subList(i, i + stage.batch())));
      }
      if (alike) {
        Collections.shuffle(drawn, Drawing.random(~seed, wanted));
      }
      window = wanted;
    }
    return drawn.get(Math.toIntExact(number % WINDOW));
  }

  private Draw draw(long batch, long position) {
    int index = order.at(position);
    return new Draw(index, phrasing.map(words -> words.of(lessons.lesson(index), Drawing.random(seed ^ 0x5DEECE66DL,
        batch), Drawing.random(seed, ~position))));
  }
}
