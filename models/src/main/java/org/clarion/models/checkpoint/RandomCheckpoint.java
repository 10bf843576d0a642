package org.clarion.models.checkpoint;

import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Weights made up on demand: every element depends only on (seed, tensor name, index), so the same numbers come out on
 * every machine and in every order of reading. For demonstrations, benchmarks and tests; such a model says nothing
 * sensible.
 *
 * <p>
 * Thread-safe; nothing to close.
 */
public final class RandomCheckpoint implements Checkpoint {
  private static final int CHUNK = 8192;
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  /** How a tensor is filled. */
  public sealed interface Fill {}

  /** Every element the same. */
  public record Constant(float value) implements Fill {}

  /**
   * Bell-shaped with mean 0: the sum of four uniform numbers, which stays within 3.5 deviations.
   *
   * @param deviation
   *          standard deviation
   */
  public record Normal(float deviation) implements Fill {}

  /** One tensor to make up. */
  public record Tensor(String name, List<Long> shape, Fill fill) {
    public Tensor {
      shape = List.copyOf(shape);
    }
  }

  private final long seed;
  private final SequencedMap<String, TensorInfo> tensors = new LinkedHashMap<>();
  private final SequencedMap<String, Fill> fills = new LinkedHashMap<>();

  /** Makes up these tensors, in this order. */
  public RandomCheckpoint(long seed, List<Tensor> contents) {
    this.seed = seed;
    for (Tensor tensor : contents) {
      tensors.put(tensor.name(), new TensorInfo(tensor.name(), ElementType.FLOAT32, tensor.shape()));
      fills.put(tensor.name(), tensor.fill());
    }
  }

  @Override
  public SequencedMap<String, TensorInfo> tensors() {
    return Collections.unmodifiableSequencedMap(tensors);
  }

  @Override
  public void readFloats(String name, FloatBuffer destination) {
    TensorInfo info = require(name);
    Rows.checkRoom(info, info.elements(), destination.remaining());
    fill(name, 0, info.elements(), destination);
  }

  @Override
  public void readRows(String name, long firstRow, long rows, FloatBuffer destination) {
    TensorInfo info = require(name);
    Rows.check(info, firstRow, rows, destination.remaining());
    fill(name, firstRow * info.rowElements(), rows * info.rowElements(), destination);
  }

  private void fill(String name, long first, long count, FloatBuffer destination) {
    long key = mix(seed ^ mix(hash(name)));
    float[] chunk = new float[(int) Math.min(CHUNK, count)];
    for (long done = 0; done < count; done += CHUNK) {
      int now = (int) Math.min(CHUNK, count - done);
      switch (fills.get(name)) {
        case Constant constant -> java.util.Arrays.fill(chunk, constant.value());
        case Normal normal -> bell(key + (first + done) * GOLDEN, now, normal.deviation(), chunk);
        case null -> throw new IllegalStateException("no rule for " + name);
      }
      destination.put(chunk, 0, now);
    }
  }

  private static void bell(long start, int count, float deviation, float[] out) {
    // Four 16-bit numbers have mean 2 * 65535 in sum and a variance of (65536^2 - 1) / 3.
    float scale = (float) (deviation / Math.sqrt((65_536.0 * 65_536.0 - 1) / 3));
    long counter = start;
    for (int i = 0; i < count; i++) {
      long bits = mix(counter);
      counter += GOLDEN;
      long sum = (bits & 0xFFFF) + (bits >>> 16 & 0xFFFF) + (bits >>> 32 & 0xFFFF) + (bits >>> 48);
      out[i] = scale * (sum - 2 * 65_535);
    }
  }

  /** FNV-1a over the name's characters: String.hashCode has too few bits to keep names apart. */
  private static long hash(String name) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001B3L;
    }
    return hash;
  }

  /** Finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
  private static long mix(long value) {
    long z = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }

  @Override
  public void close() {}
}
