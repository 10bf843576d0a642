package org.clarion.engine.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.decoder.Decoder;
import org.clarion.engine.decoder.DecoderOptions;
import org.clarion.engine.decoder.DecoderStep;
import org.clarion.engine.decoder.Decoders;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.PrefillRow;
import org.clarion.engine.decoder.StepLogits;
import org.clarion.engine.parity.DecoderRun.Prompt;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.Checkpoints;
import org.clarion.models.checkpoint.DecoderWeights;

/**
 * A real model, SmolLM2-135M-Instruct, in float32: ten chats that run together, and the log-probabilities of a passage.
 * Its weights are looked for in {@code models/smollm2-135m-instruct} beside the fixtures.
 */
final class SmolLm2Set extends GoldenSet {
  private static final double LOGITS = 5e-3;
  /** Below this lead of the best token another order of summation may choose the second. */
  private static final double MARGIN = 0.01;

  SmolLm2Set() {
    super("smollm2", List.of("smollm2/expected.json", "smollm2/first_logits.safetensors",
        "../models/smollm2-135m-instruct"));
  }

  @Override
  protected void compare(Path fixtures, Comparison comparison) {
    JsonNode expected = json(fixtures.resolve("smollm2/expected.json"));
    Path file = gguf(fixtures.resolve("../models/smollm2-135m-instruct"))
        .orElseThrow(() -> new IllegalStateException("no GGUF file in models/smollm2-135m-instruct"));
    List<JsonNode> cases = StreamSupport.stream(expected.get("cases").spliterator(), false).toList();
    int[] extents = new int[cases.size()];
    int longest = cases.stream().mapToInt(one -> one.get("greedy_tokens").size()).max().orElseThrow();
    int end = 0;
    for (int i = 0; i < extents.length; i++) {
      extents[i] = end;
      end += DecoderStep.aligned(cases.get(i).get("ids").size() + longest);
    }
    try (DecoderWeights weights = DecoderWeights.open(file);
        Decoder decoder = Decoders.load(weights, new DecoderOptions(Precision.FLOAT32, end, 1),
            Collectives.single());
        Checkpoint golden = Checkpoints.open(fixtures.resolve("smollm2/first_logits.safetensors"))) {
      chats(decoder, cases, extents, longest, golden, comparison);
      passage(decoder, expected.get("passage"), comparison);
    }
  }

  private static void chats(Decoder decoder, List<JsonNode> cases, int[] extents, int longest,
      Checkpoint golden, Comparison comparison) {
    DecoderRun run = new DecoderRun(decoder);
    List<Prompt> prompts = new ArrayList<>();
    cases.forEach(one -> prompts.add(Prompt.ofTokens(ints(one.get("ids")))));
    List<PrefillRow> rows = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      rows.add(run.chunk(prompts.get(i), 0, prompts.get(i).ids().length, extents[i]));
    }
    try (StepLogits logits = decoder.step(new DecoderStep(rows, List.of()))) {
      for (int i = 0; i < cases.size(); i++) {
        first(cases.get(i), i, logits.row(i), golden, comparison);
      }
    }
    int[][] answers = run.greedy(prompts, extents, longest);
    for (int i = 0; i < cases.size(); i++) {
      int[] greedy = ints(cases.get(i).get("greedy_tokens"));
      int sure = sure(cases.get(i).get("margins"));
      comparison.same("chat " + i + ", greedy tokens", Arrays.copyOf(answers[i], sure), Arrays.copyOf(greedy, sure));
    }
  }

  private static void first(JsonNode chat, int index, float[] row, Checkpoint golden, Comparison comparison) {
    int[] ids = ints(chat.get("top10_ids"));
    float[] actual = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      actual[i] = row[ids[i]];
    }
    comparison.near("chat " + index + ", ten best logits", actual, reals(chat.get("top10_logits")), LOGITS);
    if (golden.tensors().containsKey("logits." + index)) {
      comparison.near("chat " + index + ", all logits", row, floats(golden, "logits." + index), LOGITS);
    }
  }

  /** How many tokens every correct float32 computation must agree on. */
  private static int sure(JsonNode margins) {
    int sure = 0;
    while (sure < margins.size() && margins.get(sure).asDouble() >= MARGIN) {
      sure++;
    }
    return sure;
  }

  private static void passage(Decoder decoder, JsonNode passage, Comparison comparison) {
    int[] ids = ints(passage.get("ids"));
    float[] actual = new float[ids.length - 1];
    DecoderRun run = new DecoderRun(decoder);
    for (int i = 0; i < actual.length; i++) {
      DecoderStep step = new DecoderStep(List.of(run.chunk(Prompt.ofTokens(ids), i, 1, 0)), List.of());
      try (StepLogits logits = decoder.step(step)) {
        actual[i] = logits.logProbabilities(new int[]{ids[i + 1]})[0];
      }
    }
    comparison.near("log-probabilities of a passage", actual, reals(passage.get("log_probabilities")), LOGITS);
  }

  private static Optional<Path> gguf(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".gguf")).findFirst();
    } catch (IOException e) {
      throw new UncheckedIOException("models/smollm2-135m-instruct cannot be read", e);
    }
  }

  static JsonNode json(Path file) {
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(file.getFileName() + " cannot be read", e);
    }
  }

  static int[] ints(JsonNode array) {
    int[] values = new int[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asInt();
    }
    return values;
  }

  private static float[] reals(JsonNode array) {
    float[] values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) array.get(i).asDouble();
    }
    return values;
  }
}
