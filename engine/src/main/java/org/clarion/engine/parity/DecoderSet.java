package org.clarion.engine.parity;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.decoder.Decoder;
import org.clarion.engine.decoder.DecoderOptions;
import org.clarion.engine.decoder.Decoders;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.parity.DecoderRun.Prompt;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.Checkpoints;
import org.clarion.models.checkpoint.DecoderWeights;

/**
 * Small decoders of one architecture: prompt logits whole, in chunks and token by token, decode logits, greedy tokens
 * in batches.
 */
final class DecoderSet extends GoldenSet {
  private static final double LOGITS = 5e-4;
  private static final int ARENA = 512;

  /** A model, in every folder that holds it, and the name of its golden values. */
  private record Model(String golden, List<String> folders) {}

  private final List<Model> models;

  private DecoderSet(String name, List<Model> models) {
    super(name, models.stream().map(model -> file(model.golden())).toList());
    this.models = models;
  }

  /** Attention and MLP one after the other, with and without groups of queries. */
  static DecoderSet llama() {
    return new DecoderSet("decoders", List.of(new Model("llama_mha", List.of("llama_mha", "llama_mha_fp16_bin")),
        new Model("llama_gqa", List.of("llama_gqa"))));
  }

  /** Attention and MLP side by side. */
  static DecoderSet falcon() {
    return new DecoderSet("decoders/falcon", List.of(new Model("falcon", List.of("falcon"))));
  }

  private static String file(String golden) {
    return "decoders/" + golden + ".expected.safetensors";
  }

  @Override
  protected void compare(Path fixtures, Comparison comparison) {
    Path folder = fixtures.resolve("decoders");
    for (Model model : models) {
      for (String form : present(folder, model.folders().toArray(String[]::new))) {
        compare(fixtures, form, model.golden(), comparison);
      }
    }
  }

  private static void compare(Path fixtures, String model, String expected, Comparison comparison) {
    DecoderOptions options = new DecoderOptions(Precision.FLOAT32, ARENA, 1);
    try (Checkpoint golden = Checkpoints.open(fixtures.resolve(file(expected)));
        DecoderWeights weights = DecoderWeights.open(fixtures.resolve("decoders").resolve(model));
        Decoder decoder = Decoders.load(weights, options, Collectives.single())) {
      DecoderRun run = new DecoderRun(decoder);
      logits(run, golden, model, comparison);
      batches(run, golden, model, comparison);
    }
  }

  private static void logits(DecoderRun run, Checkpoint golden, String model, Comparison comparison) {
    Prompt prompt = new Prompt(ints(golden, "prompt_ids"), floats(golden, "prompt_embeds"));
    int length = prompt.ids().length;
    float[] every = floats(golden, "prompt_logits");
    int vocabulary = every.length / length;
    float[] last = Arrays.copyOfRange(every, every.length - vocabulary, every.length);
    comparison.near(model + " prompt, token by token", run.everyRow(prompt, 16), every, LOGITS);
    comparison.near(model + " prompt, whole", run.prefill(prompt, 0, length, 48), last, LOGITS);
    run.prefill(prompt, 0, 5, 80);
    comparison.near(model + " prompt, two chunks", run.prefill(prompt, 5, length - 5, 80), last, LOGITS);
    int[] greedy = ints(golden, "greedy_tokens");
    float[] decoded = floats(golden, "decode_logits");
    for (int i = 0; i < decoded.length / vocabulary; i++) {
      comparison.near(model + " decode " + i, run.decode(greedy[i], length + i, 48),
          Arrays.copyOfRange(decoded, i * vocabulary, (i + 1) * vocabulary), LOGITS);
    }
    comparison.same(model + " greedy tokens", run.greedy(List.of(prompt), new int[]{128}, greedy.length)[0], greedy);
  }

  private static void batches(DecoderRun run, Checkpoint golden, String model, Comparison comparison) {
    List<Prompt> prompts = List.of(0, 1, 2).stream()
        .map(i -> new Prompt(ints(golden, "batch." + i + ".prompt_ids"),
            floats(golden, "batch." + i + ".prompt_embeds")))
        .toList();
    int[][] layouts = {{0, 64, 128}, {304, 16, 80}, {ARENA - 64, 0, 208}};
    for (int[] extents : layouts) {
      int[][] answers = run.greedy(prompts, extents, 24);
      for (int i = 0; i < answers.length; i++) {
        comparison.same(model + " batch " + i + " at " + Arrays.toString(extents), answers[i],
            ints(golden, "batch." + i + ".greedy_tokens"));
      }
    }
  }
}
