package org.clarion.engine.decoder;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.clarion.engine.kernel.Activations;
import org.clarion.engine.kernel.ElementKind;
import org.clarion.engine.kernel.KernelMemory;
import org.clarion.engine.kernel.KernelProgram;
import org.clarion.engine.kernel.KernelProgram.Attention;
import org.clarion.engine.kernel.KernelProgram.Output;
import org.clarion.engine.kernel.KernelProgram.Target;
import org.clarion.engine.kernel.KvPlanes;
import org.clarion.engine.kernel.PackedMatrix;
import org.clarion.engine.kernel.Tiling;
import org.clarion.models.architecture.DecoderConfig;

/**
 * A decoder's layers as a program, with the buffers that it works in. Where several ranks share the work, the program
 * is cut into phases between which they exchange: the largest magnitudes of the inputs of a layer whose inputs are
 * spread over the ranks, so that all quantise alike, and then the sums. Sums of int8 products are exchanged as
 * integers: text does not depend on the number of ranks.
 */
final class KernelGraph {
  /** Operations of one layer, at most; the widest MLPs are taken in up to 16 pieces. */
  private static final int LAYER_OPERATIONS = 32;

  /** What is done for a pass, one after the other. */
  sealed interface Phase {
    /** Runs a part of the program. */
    record Compute(KernelProgram.Part part) implements Phase {}

    /** Replaces {@link #peaks()} by the largest of all ranks. */
    record ExchangePeaks() implements Phase {}

    /** Adds up {@link #sums()} over all ranks: int32 if exact, else float32. */
    record ExchangeSums(boolean exact) implements Phase {}
  }

  private final DecoderConfig config;
  private final KernelWeights weights;
  private final List<KvPlanes> kv;
  private final boolean shared;
  private final KernelProgram program;
  private final List<Phase> phases = new ArrayList<>();
  private final KernelProgram.Part embed;

  private final int queryWidth;
  private final int ffn;
  private final MemorySegment rotations;
  private final MemorySegment x;
  private final MemorySegment qkv;
  private final MemorySegment queries;
  private final MemorySegment mixed;
  private final MemorySegment inner;
  private final MemorySegment peaks;
  private final MemorySegment sums;
  private final Activations normed;
  private final Activations mlpNormed;
  private final Activations mixedInputs;
  private final Activations innerInputs;

  /**
   * Writes the program.
   *
   * @param rows
   *          most rows of a pass
   * @param rotations
   *          as {@link Attention} wants them
   * @param shared
   *          whether other ranks hold the rest of the weights
   */
  KernelGraph(DecoderConfig config, KernelWeights weights, List<KvPlanes> kv, MemorySegment rotations, int rows,
      boolean shared, KernelMemory memory, Arena arena, Tiling tiling) {
    this.config = config;
    this.weights = weights;
    this.kv = kv;
    this.shared = shared;
    this.rotations = rotations;
    KernelWeights.Layer first = weights.layers().getFirst();
    ElementKind kind = first.qkv().kind().activations();
    this.queryWidth = first.output().inputs();
    this.ffn = first.down().inputs();
    int heads = queryWidth / config.headDim();
    this.x = floats(memory, rows, config.hidden());
    this.qkv = floats(memory, rows, first.qkv().outputs());
    this.queries = floats(memory, rows, heads * KvPlanes.padded(config.headDim()));
    this.mixed = floats(memory, rows, queryWidth);
    this.inner = floats(memory, rows, ffn);
    this.peaks = floats(memory, rows, 1);
    this.sums = floats(memory, shared ? rows : 1, config.hidden());
    this.normed = Activations.allocate(memory, kind, config.hidden(), first.qkv().block(), rows);
    this.mlpNormed = Activations.allocate(memory, kind, config.hidden(), first.qkv().block(), rows);
    this.mixedInputs = Activations.allocate(memory, kind, queryWidth, first.output().block(), rows);
    this.innerInputs = Activations.allocate(memory, kind, ffn, first.down().block(), rows);
    this.program = new KernelProgram(arena, 1 + LAYER_OPERATIONS * config.layers(), tiling);
    program.embed(weights.embedding(), x, config.hidden());
    this.embed = program.cut();
    for (int layer = 0; layer < config.layers(); layer++) {
      add(weights.layers().get(layer), kv.get(layer), heads);
    }
    compute();
  }

  private static MemorySegment floats(KernelMemory memory, int rows, int width) {
    return memory.allocate((long) rows * width * Float.BYTES);
  }

  private void add(KernelWeights.Layer layer, KvPlanes planes, int heads) {
    switch (layer) {
      case KernelWeights.Llama llama -> {
        program.norm(llama.attentionNorm(), x, normed);
        attention(llama, planes, heads);
        program.norm(llama.mlpNorm(), x, normed);
        program.linear(llama.up(), normed, Target.of(Output.SWIGLU, inner, ffn));
        addTo(llama.down(), inner, innerInputs);
      }
      case KernelWeights.Falcon falcon -> {
        program.norm(falcon.attentionNorm(), x, normed);
        program.norm(falcon.mlpNorm(), x, mlpNormed);
        attention(falcon, planes, heads);
        program.linear(falcon.up(), mlpNormed, Target.of(Output.GELU, inner, ffn));
        addTo(falcon.down(), inner, innerInputs);
      }
    }
  }

  private void attention(KernelWeights.Layer layer, KvPlanes planes, int heads) {
    int width = layer.qkv().outputs();
    Attention attention = new Attention(heads, rotations, queries, 1 / Math.sqrt(config.headDim()), true, planes);
    program.linear(layer.qkv(), normed, Target.of(Output.STORE, qkv, width));
    program.split(attention, qkv, width);
    program.attend(attention, mixed);
    addTo(layer.output(), mixed, mixedInputs);
  }

  /** x += values times weights whose inputs are spread over the ranks. */
  private void addTo(PackedMatrix matrix, MemorySegment values, Activations inputs) {
    if (!shared) {
      program.convert(values, inputs);
      program.linear(matrix, inputs, Target.of(Output.ADD, x, config.hidden()));
      return;
    }
    if (inputs.kind() == ElementKind.INT8) {
      program.peak(values, inputs, peaks);
      compute();
      phases.add(new Phase.ExchangePeaks());
      program.convert(values, inputs, peaks);
    } else {
      program.convert(values, inputs);
    }
    boolean exact = matrix.kind() == ElementKind.INT8;
    program.linear(matrix, inputs, Target.of(exact ? Output.EXACT_SUMS : Output.STORE, sums, config.hidden()));
    compute();
    phases.add(new Phase.ExchangeSums(exact));
    if (exact) {
      program.addExact(x, sums, matrix, inputs);
    } else {
      program.add(x, sums, config.hidden());
    }
  }

  private void compute() {
    phases.add(new Phase.Compute(program.cut()));
  }

  /** Fills {@link #x()} with the embeddings of a pass's tokens. */
  KernelProgram.Part embed() {
    return embed;
  }

  /** All layers. */
  List<Phase> phases() {
    return phases;
  }

  /** The longest part, operations. */
  int longest() {
    return phases.stream().mapToInt(phase -> phase instanceof Phase.Compute(var part) ? part.count() : 0).max()
        .orElse(1);
  }

  /** The residual stream, float32 [rows, hidden]. */
  MemorySegment x() {
    return x;
  }

  /** Largest magnitudes, float32 [rows]. */
  MemorySegment peaks() {
    return peaks;
  }

  /** This rank's part of a sum, [rows, hidden]. */
  MemorySegment sums() {
    return sums;
  }

  /** Keys and values of each layer. */
  List<KvPlanes> kv() {
    return kv;
  }

  /** What the layers were made of. */
  KernelWeights weights() {
    return weights;
  }
}
