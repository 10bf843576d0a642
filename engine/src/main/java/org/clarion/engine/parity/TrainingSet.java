package org.clarion.engine.parity;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.clarion.engine.align.Sequences;
import org.clarion.engine.align.Sequences.Sequence;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.TrainableDecoder;
import org.clarion.engine.learn.AdamW;
import org.clarion.engine.learn.LearningRate;
import org.clarion.engine.vision.TowerPart;
import org.clarion.engine.vision.TrainableTower;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.Checkpoints;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.EvaWeights;

/** Loss, gradients and steps of a projection between a frozen tower and a frozen decoder; learning rates. */
final class TrainingSet extends GoldenSet {
  private static final double QFORMER = 5e-5;
  private static final double LOGITS = 5e-4;
  private static final double LOSS = 1e-4;
  private static final double GRADIENT = 2e-5;
  private static final double PARAMETER = 5e-5;
  private static final double RATE = 1e-12;
  private static final int STEPS = 3;

  TrainingSet() {
    super("training", List.of("training/expected.json", "training/expected.safetensors", "training/schedules.json",
        "vision/eva_vit_g.pth", "qformer/blip2_pretrained.pth", "projection/checkpoint.pth"));
  }

  @Override
  protected void compare(Path fixtures, Comparison comparison) {
    rates(SmolLm2Set.json(fixtures.resolve("training/schedules.json")), comparison);
    String decoder = present(fixtures, "decoders/llama_mha", "decoders/llama_mha_fp16_bin").getFirst();
    JsonNode expected = SmolLm2Set.json(fixtures.resolve("training/expected.json"));
    try (Checkpoint golden = Checkpoints.open(fixtures.resolve("training/expected.safetensors"));
        EvaWeights sight = VisionGolden.weights(fixtures, VisionGolden.CONFIG, "vision/eva_vit_g.pth",
            "qformer/blip2_pretrained.pth", "projection/checkpoint.pth");
        DecoderWeights language = DecoderWeights.open(fixtures.resolve(decoder));
        TrainableTower tower = TrainableTower.load(sight, VisionGolden.vision(VisionGolden.CONFIG, 56),
            Precision.FLOAT32, 2, Set.of(TowerPart.PROJECTION));
        TrainableDecoder llama = TrainableDecoder.load(language, Precision.FLOAT32, 256, 2, false)) {
      new Alignment(expected, golden, comparison, tower, llama).run();
    }
  }

  private static void rates(JsonNode schedules, Comparison comparison) {
    for (Map.Entry<String, JsonNode> one : schedules.properties()) {
      JsonNode spec = one.getValue();
      for (boolean byEpoch : new boolean[]{true, false}) {
        LearningRate rate = new LearningRate(spec.get("warmup_start_lr").asDouble(), spec.get("init_lr").asDouble(),
            spec.get("min_lr").asDouble(), spec.get("warmup_steps").asLong(), spec.get("max_epoch").asLong(),
            spec.get("iters_per_epoch").asLong(), byEpoch);
        for (JsonNode point : spec.get("points")) {
          long step = point.get("epoch").asLong() * rate.stepsPerEpoch() + point.get("step").asLong();
          String name = byEpoch ? "lr_step_within_epoch" : "lr_total_step";
          comparison.near(one.getKey() + " " + name + " " + step, new double[]{rate.at(step)},
              new double[]{point.get(name).asDouble()}, RATE);
        }
      }
    }
  }

  private record Alignment(JsonNode data, Checkpoint golden, Comparison comparison, TrainableTower tower,
      TrainableDecoder decoder) {

    void run() {
      int[] before = IntStream.concat(IntStream.of(data.get("bos").asInt()), IntStream.of(SmolLm2Set.ints(data.get(
          "prompt_ids_before")))).toArray();
      int[] after = SmolLm2Set.ints(data.get("prompt_ids_after"));
      List<int[]> answers = new ArrayList<>();
      data.get("answer_ids").forEach(ids -> answers.add(SmolLm2Set.ints(ids)));
      Sequences batch = Sequences.of(answers.stream().map(answer -> new Sequence(before, after, answer)).toList(), tower
          .tokens(), data.get("pad").asInt());
      comparison.same("labels", batch.labels(), ints(golden, "labels"));
      int count = answers.size();
      float[] queried = queried(count);
      comparison.near("Q-Former", queried, floats(golden, "qformer_output"), QFORMER);
      try (PtNDArray rows = tower.tensor(queried, (long) count * tower.tokens(), queried.length / count / tower
          .tokens()); AdamW optimiser = new AdamW(tower.parameters(), settings(), 2)) {
        comparison.near("weight", tower.parameters().getFirst().values(), floats(golden, "step0.weight"), 0);
        logits(batch, rows);
        for (int step = 0; step <= STEPS; step++) {
          step(step, batch, rows, optimiser);
        }
      }
    }

    private AdamW.Settings settings() {
      JsonNode settings = data.get("optimizer");
      return new AdamW.Settings(settings.get("betas").get(0).asDouble(), settings.get("betas").get(1).asDouble(),
          settings.get("eps").asDouble(), settings.get("weight_decay_matrix").asDouble(), Double.POSITIVE_INFINITY);
    }

    private float[] queried(int count) {
      float[] pixels = floats(golden, "pixel_values");
      List<float[]> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        try (PtNDArray seen = tower.see(VisionGolden.pixels(VisionGolden.entry(pixels, i, count)));
            PtNDArray bridged = tower.bridge(seen)) {
          all.add(bridged.toFloatArray());
        }
      }
      float[] queried = new float[all.stream().mapToInt(one -> one.length).sum()];
      int place = 0;
      for (float[] one : all) {
        System.arraycopy(one, 0, queried, place, one.length);
        place += one.length;
      }
      return queried;
    }

    /** Padding attends to itself in one implementation and not in the other: only what is no padding is compared. */
    private void logits(Sequences batch, PtNDArray bridged) {
      float[] expected = floats(golden, "logits");
      int vocabulary = decoder.config().vocabulary();
      long[] places = used(batch);
      float[] wanted = new float[places.length * vocabulary];
      for (int i = 0; i < places.length; i++) {
        System.arraycopy(expected, Math.toIntExact(places[i]) * vocabulary, wanted, i * vocabulary, vocabulary);
      }
      try (PtNDArray spans = tower.project(bridged);
          PtNDArray logits = decoder.logits(batch.tokens(), batch.spanRows(), spans, places)) {
        comparison.near("logits", logits.toFloatArray(), wanted, LOGITS);
      }
    }

    private void step(int step, Sequences batch, PtNDArray bridged, AdamW optimiser) {
      tower.refresh();
      double loss;
      try (PtNDArray spans = tower.project(bridged);
          PtNDArray logits = decoder.logits(batch.tokens(), batch.spanRows(), spans, batch.answerRows());
          PtNDArray mean = decoder.loss(logits, batch.targets())) {
        loss = optimiser.collect(mean, 1);
      }
      comparison.near("loss " + step, new double[]{loss}, new double[]{data.get("losses").get(step).asDouble()}, LOSS);
      if (step == STEPS) {
        return;
      }
      String name = "step" + (step + 1) + ".";
      for (int i = 0; i < 2; i++) {
        comparison.near(name + "gradient " + i, optimiser.gradient(i),
            floats(golden, name + (i == 0 ? "weight_grad" : "bias_grad")), GRADIENT);
      }
      optimiser.step(data.get("optimizer").get("lr").asDouble());
      for (int i = 0; i < 2; i++) {
        comparison.near(name + "parameter " + i, tower.parameters().get(i).values(),
            floats(golden, name + (i == 0 ? "weight" : "bias")), PARAMETER);
      }
    }

    /** Places up to the end of each answer. */
    private static long[] used(Sequences batch) {
      int length = batch.tokens()[0].length;
      int[] labels = batch.labels();
      return LongStream.range(0, labels.length).filter(place -> {
        int sequence = Math.toIntExact(place / length);
        int end = IntStream.range(sequence * length, (sequence + 1) * length).filter(i -> labels[i] >= 0).max()
            .orElseThrow();
        return place <= end;
      }).toArray();
    }
  }
}
