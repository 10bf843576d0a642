package org.clarion.engine.decoder;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.script.ScriptModule;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.checkpoint.DecoderWeights;
import org.jspecify.annotations.Nullable;

/**
 * A decoder rank as a TorchScript program. One rank alone computes a step in one call of the program. Several share
 * every layer: each computes its part of the attention block and of the MLP, and the sums over the ranks are made
 * between the calls.
 */
final class ScriptDecoder implements Decoder {
  private final ScriptModule module;
  private final DecoderConfig config;
  private final StepLayout.Limits limits;
  private final int parts;
  private final Collective collective;
  private final int[] widths;
  private @Nullable Exchange exchange;

  private ScriptDecoder(ScriptModule module, DecoderConfig config, StepLayout.Limits limits, int parts,
      Collective collective) {
    this.module = module;
    this.config = config;
    this.limits = limits;
    this.parts = parts;
    this.collective = collective;
    this.widths = IntStream.range(0, collective.size())
        .map(rank -> Shard.of(config, rank, collective.size()).vocabulary().count()).toArray();
  }

  /** As {@link Decoders#load}. */
  static ScriptDecoder load(DecoderWeights weights, DecoderOptions options, Collective collective) {
    return load(weights, options, collective, ScriptKernels.of(options));
  }

  static ScriptDecoder load(DecoderWeights weights, DecoderOptions options, Collective collective,
      ScriptKernels kernels) {
    DecoderConfig config = weights.config();
    Shard shard = Shard.of(config, collective.rank(), collective.size());
    int positions = Math.min(config.maxContext(), options.arenaTokens());
    ScriptBlock block = ScriptBlock.of(weights);
    ScriptModule module = ScriptModule.load(ScriptDecoder.class, options.threads(), "decoder.py", block.program());
    try {
      kernels.set(module);
      new DecoderLoader(module, config, weights.checkpoint(), shard).load(block, options.arenaTokens(), positions);
    } catch (RuntimeException e) {
      module.close();
      throw e;
    }
    return new ScriptDecoder(module, config, new StepLayout.Limits(config, options.arenaTokens(), positions),
        block.parts(), collective);
  }

  @Override
  public int arenaTokens() {
    return limits.arenaTokens();
  }

  @Override
  public DecoderConfig config() {
    return config;
  }

  @Override
  public StepLogits step(DecoderStep step) {
    StepLayout layout = StepLayout.of(step, limits);
    if (layout.tokens() == 0) {
      return TensorLogits.none(module);
    }
    int spanRows = layout.spanRows().length;
    try (PtNDArray rows = module.tensor(layout.rows(), 3, layout.tokens());
        PtNDArray spanIndex = module.tensor(layout.spanRows(), spanRows);
        PtNDArray spans = module.tensor(concatenate(layout.spans()), spanRows, config.hidden());
        PtNDArray logitRows = module.tensor(layout.logitRows(), layout.logitRows().length)) {
      if (collective.size() == 1) {
        PtNDArray logits = module.call("step", rows, layout.prefills(), layout.runs(), spanIndex, spans, logitRows);
        return new TensorLogits(module, logits, layout.logitRows().length);
      }
      module.run("begin", rows, layout.prefills(), layout.runs(), spanIndex, spans);
      return stepTogether(layout, logitRows);
    }
  }

  @Override
  public StepProfile profile() {
    return new StepProfile(0, 0, 0, 0, module.nanos());
  }

  @Override
  public void copyPositions(int fromOffset, int toOffset, int count) {
    limits.checkCopy(fromOffset, toOffset, count);
    module.run("copy_positions", fromOffset, toOffset, count);
  }

  private StepLogits stepTogether(StepLayout layout, PtNDArray logitRows) {
    FloatBuffer shared = exchange(layout.tokens()).part(layout.tokens() * config.hidden());
    for (int part = 0; part < parts; part++) {
      module.run("step_part", part);
      collective.allReduce(shared);
    }
    int count = layout.logitRows().length;
    try (PtNDArray mine = module.call("head_part", logitRows)) {
      FloatBuffer part = floats(mine);
      if (collective.rank() != 0) {
        collective.gather(part, null);
        return TensorLogits.none(module);
      }
      ByteBuffer all = direct(count * config.vocabulary());
      collective.gather(part, all.asFloatBuffer());
      try (PtNDArray gathered = module.view(all, DataType.FLOAT32, (long) count * config.vocabulary())) {
        long[] sizes = IntStream.of(widths).asLongStream().toArray();
        return new TensorLogits(module, module.call("assemble", gathered, count, sizes), count);
      }
    }
  }

  /** Memory for partial sums of {@code tokens} rows, kept from step to step and enlarged when needed. */
  private Exchange exchange(int tokens) {
    Exchange current = exchange;
    if (current == null || current.rows() < tokens) {
      int rows = Math.max(tokens, current == null ? 64 : 2 * current.rows());
      ByteBuffer buffer = direct(Math.multiplyExact(rows, config.hidden()));
      PtNDArray tensor = module.view(buffer, DataType.FLOAT32, rows, config.hidden());
      module.run("set_exchange", tensor);
      if (current != null) {
        current.tensor().close();
      }
      current = new Exchange(rows, buffer, tensor);
      exchange = current;
    }
    return current;
  }

  private record Exchange(int rows, ByteBuffer buffer, PtNDArray tensor) {
    FloatBuffer part(int values) {
      return buffer.duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer().limit(values);
    }
  }

  private static ByteBuffer direct(int values) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(values, Float.BYTES)).order(ByteOrder.nativeOrder());
  }

  private static FloatBuffer floats(PtNDArray tensor) {
    return tensor.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  private static float[] concatenate(List<float[]> parts) {
    float[] all = new float[parts.stream().mapToInt(part -> part.length).sum()];
    int start = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, start, part.length);
      start += part.length;
    }
    return all;
  }

  @Override
  public void close() {
    module.close();
  }
}
