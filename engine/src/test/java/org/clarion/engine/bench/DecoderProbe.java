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
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.PrefillRow;
import org.clarion.models.checkpoint.DecoderWeights;

/**
 * Prints what decode steps and prefills of a model take: {@code DecoderProbe WEIGHTS [THREADS]}. Medians and best of a
 * few dozen calls; on a shared machine the best says more.
 */
public final class DecoderProbe {
  private static final int EXTENT = 640;
  private static final int CONTEXT = 160;
  private static final int MOST_ROWS = 32;

  private DecoderProbe() {}

  public static void main(String[] args) {
    int threads = args.length > 1 ? Integer.parseInt(args[1]) : Runtime.getRuntime().availableProcessors();
    try (DecoderWeights weights = DecoderWeights.open(Path.of(args[0]))) {
      for (Precision precision : Precision.values()) {
        long start = System.nanoTime();
        DecoderOptions options = new DecoderOptions(precision, MOST_ROWS * EXTENT, threads);
        try (Decoder decoder = Decoders.load(weights, options, Collectives.single())) {
          System.out.printf("%s, %d threads, loaded in %.1f s%n", precision, threads,
              (System.nanoTime() - start) / 1e9);
          probe(decoder);
        }
      }
    }
  }

  private static void probe(Decoder decoder) {
    for (int rows : new int[]{1, 8, 32}) {
      double[] ms = time(decoder, new DecoderStep(List.of(), IntStream.range(0, rows)
          .mapToObj(i -> new DecodeRow(100 + i, CONTEXT, i * EXTENT)).toList()), 40);
      System.out.printf("  decode of %2d rows: %6.1f ms a step, best %6.1f (%.0f tokens/s)%n", rows, ms[ms.length / 2],
          ms[0], rows * 1e3 / ms[0]);
    }
    for (int length : new int[]{32, 160, 512}) {
      int[] tokens = IntStream.range(0, length).map(i -> i * 37 % decoder.config().vocabulary()).toArray();
      PrefillRow row = new PrefillRow(tokens, 0, 0, List.of(), true);
      double[] ms = time(decoder, new DecoderStep(List.of(row), List.of()), 8);
      System.out.printf("  prefill of %3d tokens: %6.1f ms, best %6.1f (%.0f tokens/s)%n", length, ms[ms.length / 2],
          ms[0], length * 1e3 / ms[0]);
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
