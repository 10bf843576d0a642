package org.clarion.engine.decoder;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.clarion.engine.script.ScriptModule;
import org.jspecify.annotations.Nullable;

/** Logits that stay in libtorch's memory. */
final class TensorLogits implements StepLogits {
  private final ScriptModule module;
  private final int rows;
  private @Nullable PtNDArray logits;

  TensorLogits(ScriptModule module, PtNDArray logits, int rows) {
    this.module = module;
    this.logits = logits;
    this.rows = rows;
  }

  private TensorLogits(ScriptModule module) {
    this.module = module;
    this.rows = 0;
  }

  static TensorLogits none(ScriptModule module) {
    return new TensorLogits(module);
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int[] argmax() {
    if (rows == 0) {
      return new int[0];
    }
    return LongStream.of(module.callForLongs("argmax", open())).mapToInt(Math::toIntExact).toArray();
  }

  @Override
  public float[] row(int index) {
    Objects.checkIndex(index, rows);
    return module.callForFloats("row", open(), index);
  }

  @Override
  public float[] logProbabilities(int[] tokens) {
    if (tokens.length != rows) {
      throw new IllegalArgumentException(tokens.length + " tokens for " + rows + " rows of logits");
    }
    if (rows == 0) {
      return new float[0];
    }
    try (PtNDArray chosen = module.tensor(IntStream.of(tokens).asLongStream().toArray(), rows)) {
      return module.callForFloats("log_probabilities", open(), chosen);
    }
  }

  private PtNDArray open() {
    if (logits == null) {
      throw new IllegalStateException("the logits are closed");
    }
    return logits;
  }

  @Override
  public void close() {
    if (logits != null) {
      logits.close();
      logits = null;
    }
  }
}
