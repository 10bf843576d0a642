package org.clarion.engine.decoder;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.CollectiveException;
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
  private final ScriptBlock block;
  private final boolean bytes;
  private final Collective collective;
  private final int[] widths;
  private @Nullable PartialSums sums;

  private ScriptDecoder(ScriptModule module, DecoderConfig config, StepLayout.Limits limits, ScriptBlock block,
      boolean bytes, Collective collective) {
    this.module = module;
    this.config = config;
    this.limits = limits;
    this.block = block;
    this.bytes = bytes;
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
    ScriptModule module = ScriptModule.load(ScriptDecoder.class, options.threads(), "decoder.py", "byte_products.py",
        block.program());
    try {
      kernels.set(module);
      new DecoderLoader(module, config, weights.checkpoint(), shard, collective.size()).load(block,
          options.arenaTokens(), positions);
    } catch (RuntimeException e) {
      module.close();
      throw e;
    }
    return new ScriptDecoder(module, config, new StepLayout.Limits(config, options.arenaTokens(), positions),
        block, kernels.levels() > 0, collective);
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
    // int8: each product by itself, and before it the rows' peaks.
    PartialSums shared = sums();
    shared.open(bytes ? layout.tokens() * block.products() : layout.tokens());
    for (int part = 0; part < block.parts(); part++) {
      if (bytes) {
        module.run("measure_part", part);
        shared.largest();
        module.run("multiply_part", part);
      } else {
        module.run("step_part", part);
      }
      shared.add();
    }
    shared.await();
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

  /** Which kind is known once the ranks have met; it stays. */
  private PartialSums sums() {
    PartialSums known = sums;
    if (known == null) {
      known = collective.device().isPresent()
          ? new DeviceSums(module, () -> collective.device().orElseThrow(() -> new CollectiveException(
              "rank " + collective.rank() + " has lost the group of its device")), config.hidden())
          : new HostSums(module, collective, config.hidden());
      sums = known;
    }
    return known;
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
    if (sums != null) {
      sums.close();
    }
    module.close();
  }
}
