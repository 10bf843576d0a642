package org.clarion.engine.quality;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.clarion.engine.decoder.Decoder;

/**
 * Compares decoders with a reference that has read the same text. What the reference predicted waits in a temporary
 * file, so that only one decoder is in memory at a time. Not thread-safe.
 */
public final class QualityMeter implements AutoCloseable {
  private final TeacherForcing text;
  private final int vocabulary;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment expected;
  private final int[] likeliest;
  private final QualityScore reference;

  /**
   * Lets the reference read the text.
   *
   * @param reference
   *          with an arena of at least {@link TeacherForcing#arenaTokens()}; not kept
   * @throws UncheckedIOException
   *           when the temporary file cannot be written
   */
  public QualityMeter(TeacherForcing text, Decoder reference) {
    this.text = text;
    this.vocabulary = reference.config().vocabulary();
    this.expected = file((long) text.predictions() * vocabulary * Float.BYTES);
    this.likeliest = new int[text.predictions()];
    double[] surprise = {0};
    text.run(reference, (index, next, logits) -> {
      double mass = mass(logits);
      for (int id = 0; id < logits.length; id++) {
        logits[id] = (float) (logits[id] - mass);
      }
      MemorySegment.copy(logits, 0, expected, JAVA_FLOAT, row(index), vocabulary);
      likeliest[index] = best(logits);
      surprise[0] -= logits[next];
    });
    this.reference = new QualityScore(Math.exp(surprise[0] / text.predictions()), 1, 0);
  }

  private MemorySegment file(long bytes) {
    try {
      Path file = Files.createTempFile("clarion-quality", ".bin");
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE,
          StandardOpenOption.DELETE_ON_CLOSE)) {
        return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
      }
    } catch (IOException e) {
      arena.close();
      throw new UncheckedIOException("no temporary file of " + (bytes >> 20) + " MiB: " + e.getMessage(), e);
    }
  }

  private long row(int index) {
    return (long) index * vocabulary * Float.BYTES;
  }

  /** How well the reference predicts. */
  public QualityScore reference() {
    return reference;
  }

  /** Lets another decoder of the same vocabulary read the text. */
  public QualityScore measure(Decoder decoder) {
    double[] sums = new double[2];
    int[] same = {0};
    text.run(decoder, (index, next, logits) -> {
      double mass = mass(logits);
      long row = row(index) / Float.BYTES;
      double divergence = 0;
      for (int id = 0; id < logits.length; id++) {
        double wanted = expected.getAtIndex(JAVA_FLOAT, row + id);
        divergence += Math.exp(wanted) * (wanted - (logits[id] - mass));
      }
      sums[0] -= logits[next] - mass;
      sums[1] += divergence;
      same[0] += best(logits) == likeliest[index] ? 1 : 0;
    });
    double count = text.predictions();
    return new QualityScore(Math.exp(sums[0] / count), same[0] / count, sums[1] / count);
  }

  private static int best(float[] logits) {
    int best = 0;
    for (int id = 1; id < logits.length; id++) {
      best = logits[id] > logits[best] ? id : best;
    }
    return best;
  }

  /** Logarithm of the sum of exponentials. */
  private static double mass(float[] logits) {
    float peak = logits[best(logits)];
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - peak);
    }
    return peak + Math.log(sum);
  }

  @Override
  public void close() {
    arena.close();
  }
}
