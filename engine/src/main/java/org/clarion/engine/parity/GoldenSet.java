package org.clarion.engine.parity;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.clarion.models.checkpoint.Checkpoint;

/** What sets share: missing files are reported as such, errors become failures. One thread at a time. */
public abstract class GoldenSet implements ParitySet {
  private final String name;
  private final List<String> files;

  /**
   * Names a set.
   *
   * @param files
   *          what must be there, relative to the fixtures
   */
  protected GoldenSet(String name, List<String> files) {
    this.name = name;
    this.files = List.copyOf(files);
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final ParityResult check(Path fixtures) {
    for (String file : files) {
      if (!Files.exists(fixtures.resolve(file))) {
        return ParityResult.missing(name, "no " + file + " in the fixtures");
      }
    }
    Comparison comparison = new Comparison(name);
    try {
      compare(fixtures, comparison);
      return comparison.result();
    } catch (IOException | RuntimeException e) {
      return new ParityResult(name, comparison.result().cases(), Double.POSITIVE_INFINITY, 0, ParityStatus.FAIL,
          e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  /** Compares what the files say with what this code computes; throwing is failing. */
  protected abstract void compare(Path fixtures, Comparison comparison) throws IOException;

  /** Those of several forms of the same weights that are there; at least one must be. */
  static List<String> present(Path fixtures, String... files) {
    List<String> present = Arrays.stream(files).filter(file -> Files.exists(fixtures.resolve(file))).toList();
    if (present.isEmpty()) {
      throw new IllegalStateException("none of " + String.join(", ", files) + " is in the fixtures");
    }
    return present;
  }

  static float[] floats(Checkpoint checkpoint, String tensor) {
    float[] values = new float[Math.toIntExact(checkpoint.require(tensor).elements())];
    checkpoint.readFloats(tensor, FloatBuffer.wrap(values));
    return values;
  }

  /** Integers below 2^24, which float32 carries exactly. */
  static int[] ints(Checkpoint checkpoint, String tensor) {
    float[] values = floats(checkpoint, tensor);
    int[] result = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = Math.round(values[i]);
    }
    return result;
  }
}
