package org.clarion.engine.bench;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.decoder.DecodeRow;
import org.clarion.engine.decoder.Decoder;
import org.clarion.engine.decoder.DecoderOptions;
import org.clarion.engine.decoder.DecoderStep;
import org.clarion.engine.decoder.Decoders;
import org.clarion.engine.decoder.KvKind;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.PrefillRow;
import org.clarion.engine.decoder.StepProfile;
import org.clarion.models.architecture.LlamaConfig;
import org.clarion.models.checkpoint.DecoderWeights;

/**
 * Prints what decode steps and prefills of a model take: {@code DecoderProbe WEIGHTS|1.1b|7b [THREADS [KINDS [KV]]]}.
 * Medians and best of a few dozen calls; on a shared machine the best says more.
 */
public final class DecoderProbe {
  private static final int EXTENT = 1040;
  private static final int CONTEXT = 160;
  private static final int MOST_ROWS = 32;

  private DecoderProbe() {}

  public static void main(String[] args) {
    int threads = args.length > 1 ? Integer.parseInt(args[1]) : Runtime.getRuntime().availableProcessors();
    List<Precision> kinds = args.length > 2
        ? Arrays.stream(args[2].split(",")).map(Precision::valueOf).toList()
        : List.of(Precision.values());
    KvKind kv = args.length > 3 ? KvKind.valueOf(args[3]) : KvKind.FLOAT32;
    try (DecoderWeights weights = weights(args[0])) {
      for (Precision precision : kinds) {
        long start = System.nanoTime();
        DecoderOptions options = new DecoderOptions(precision, kv, MOST_ROWS * EXTENT, threads);
        try (Decoder decoder = Decoders.load(weights, options, Collectives.single())) {
          System.out.printf("%s, %d threads, loaded in %.1f s%n", precision, threads,
              (System.nanoTime() - start) / 1e9);
          probe(decoder);
        }
      }
    }
  }

  private static DecoderWeights weights(String name) {
    return switch (name) {
      case "1.1b" -> DecoderWeights.random(
          new LlamaConfig(2048, 22, 32, 4, 64, 5632, 32_000, 1e-5, 1e4, false, 2048), 1);
      case "7b" -> DecoderWeights.random(
          new LlamaConfig(4096, 32, 32, 32, 128, 11_008, 32_000, 1e-6, 1e4, false, 2048), 1);
      default -> DecoderWeights.open(Path.of(name));
    };
  }

  private static void probe(Decoder decoder) {
    for (int rows : new int[]{1, 8, 32}) {
      DecoderStep step = new DecoderStep(List.of(), IntStream.range(0, rows)
          .mapToObj(i -> new DecodeRow(100 + i, CONTEXT, i * EXTENT)).toList());
      // The first steps touch their part of the arena.
      time(decoder, step, 3);
      StepProfile before = decoder.profile();
      double[] ms = time(decoder, step, 40);
      System.out.printf("  decode of %2d rows: %6.1f ms a step, best %6.1f (%.0f tokens/s)%n", rows, ms[ms.length / 2],
          ms[0], rows * 1e3 / ms[0]);
      System.out.println("    nanoseconds of all steps: " + decoder.profile().since(before));
    }
    for (int length : new int[]{160, 512, 1024}) {
      int[] tokens = IntStream.range(0, length).map(i -> i * 37 % decoder.config().vocabulary()).toArray();
      PrefillRow row = new PrefillRow(tokens, 0, 0, List.of(), true);
      DecoderStep step = new DecoderStep(List.of(row), List.of());
      time(decoder, step, 1);
      StepProfile before = decoder.profile();
      double[] ms = time(decoder, step, 8);
      System.out.printf("  prefill of %3d tokens: %6.1f ms, best %6.1f (%.0f tokens/s)%n", length, ms[ms.length / 2],
          ms[0], length * 1e3 / ms[0]);
      System.out.println("    nanoseconds of all steps: " + decoder.profile().since(before));
    }
  }

  /** Milliseconds of each call, sorted. */
  private static double[] time(Decoder decoder, DecoderStep step, int calls) {
    double[] ms = new double[calls];
    for (int i = 0; i < calls; i++) {
      long start = System.nanoTime();
      try (var logits = decoder.step(step)) {
        logits.argmax();
      }
      ms[i] = (System.nanoTime() - start) / 1e6;
    }
    Arrays.sort(ms);
    return ms;
  }
}
