package org.clarion.engine.vision;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.clarion.engine.kernel.Activations;
import org.clarion.engine.kernel.ElementKind;
import org.clarion.engine.kernel.KernelMemory;
import org.clarion.engine.kernel.KernelProgram;
import org.clarion.engine.kernel.KernelProgram.FullAttention;
import org.clarion.engine.kernel.KernelProgram.HeadRows;
import org.clarion.engine.kernel.KernelProgram.Norm;
import org.clarion.engine.kernel.KernelProgram.Output;
import org.clarion.engine.kernel.KernelProgram.Target;
import org.clarion.engine.kernel.Tiling;
import org.clarion.engine.vision.KernelEvaWeights.Among;
import org.clarion.engine.vision.KernelEvaWeights.Block;
import org.clarion.engine.vision.KernelEvaWeights.Bridge;
import org.clarion.engine.vision.KernelEvaWeights.FormerLayer;
import org.clarion.engine.vision.KernelEvaWeights.Linear;
import org.clarion.engine.vision.KernelEvaWeights.Mlp;
import org.clarion.engine.vision.KernelEvaWeights.Result;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.EvaConfig.QFormer;

/** EVA-ViT, what follows it and the projection as a program for one image, with the buffers that it works in. */
final class KernelEvaGraph {
  private static final int BLOCK_OPERATIONS = 9;
  private static final int FORMER_OPERATIONS = 20;
  private static final int FURTHER_OPERATIONS = 8;

  /** A part of the program and the rows that it is run for. */
  record Phase(KernelProgram.Part part, int rows) {}

  private final KernelMemory memory;
  private final ElementKind kind;
  private final ElementKind attention;
  private final KernelEvaWeights weights;
  private final KernelProgram program;
  private final List<Phase> phases = new ArrayList<>();
  private final List<Runnable> starts = new ArrayList<>();
  private final MemorySegment pixels;
  private final MemorySegment embedding;

  /**
   * Writes the program.
   *
   * @param attention
   *          kind of its products
   */
  KernelEvaGraph(EvaConfig config, KernelEvaWeights weights, int imageSize, ElementKind attention, KernelMemory memory,
      Arena arena, Tiling tiling) {
    this.memory = memory;
    this.attention = attention;
    this.weights = weights;
    this.kind = weights.projection().matrix().kind().activations();
    int formerLayers = config.bridge() instanceof QFormer former ? former.layers() : 0;
    this.program = new KernelProgram(arena,
        BLOCK_OPERATIONS * config.blocks() + FORMER_OPERATIONS * formerLayers + FURTHER_OPERATIONS, tiling);
    int rows = config.positions(imageSize);
    int width = config.width();
    MemorySegment x = floats(rows, width);
    MemorySegment image = x.asSlice((long) width * Float.BYTES);
    this.pixels = floats(rows - 1, weights.patches().matrix().inputs());
    starts.add(() -> x.copyFrom(weights.positions()));
    add(weights.patches(), pixels, inputs(weights.patches(), rows - 1), image);
    cut(rows - 1);
    new Trunk(config, rows, x).write();
    this.embedding = floats(config.tokens(imageSize), weights.projection().matrix().outputs());
    switch (weights.bridge()) {
      case Bridge.Former former -> new Former((QFormer) config.bridge(), former, rows, x).write();
      case Bridge.Concat concat -> {
        program.norm(weights.vision(), x, plain(x, width));
        cut(rows);
        project(image, (rows - 1) / concat.patches());
      }
    }
  }

  // ---- Parts of which everything consists

  private MemorySegment floats(int rows, int width) {
    return memory.allocate((long) rows * width * Float.BYTES);
  }

  private Activations inputs(Linear layer, int rows) {
    return Activations.allocate(memory, kind, layer.matrix().inputs(), layer.matrix().block(), rows);
  }

  private static Activations plain(MemorySegment x, int width) {
    return new Activations(ElementKind.FLOAT32, width, 0, x, MemorySegment.NULL);
  }

  private void linear(Linear layer, Activations in, Output output, MemorySegment out) {
    program.linear(layer.matrix(), in, new Target(output, out, layer.matrix().outputs(), layer.bias()));
  }

  /** x += layer of values. */
  private void add(Linear layer, MemorySegment values, Activations in, MemorySegment x) {
    program.convert(values, in);
    linear(layer, in, Output.ADD, x);
  }

  private void project(MemorySegment values, int rows) {
    Activations in = inputs(weights.projection(), rows);
    program.convert(values, in);
    linear(weights.projection(), in, Output.STORE, embedding);
    cut(rows);
  }

  private void cut(int rows) {
    phases.add(new Phase(program.cut(), rows));
  }

  private static MemorySegment column(MemorySegment rows, int column) {
    return rows.asSlice((long) column * Float.BYTES);
  }

  /** The ViT's blocks. */
  private final class Trunk {
    private final EvaConfig config;
    private final int rows;
    private final MemorySegment x;
    private final MemorySegment qkv;
    private final MemorySegment mixed;
    private final MemorySegment inner;
    private final Activations normed;
    private final Activations mixedInputs;
    private final Activations innerInputs;

    Trunk(EvaConfig config, int rows, MemorySegment x) {
      this.config = config;
      this.rows = rows;
      this.x = x;
      Block first = weights.blocks().getFirst();
      this.qkv = floats(rows, 3 * config.width());
      this.mixed = floats(rows, config.width());
      this.inner = floats(rows, config.mlp());
      this.normed = inputs(first.qkv(), rows);
      this.mixedInputs = inputs(first.output(), rows);
      this.innerInputs = inputs(first.down(), rows);
    }

    void write() {
      int width = config.width();
      FullAttention among = new FullAttention(config.heads(), width / config.heads(), attention,
          new HeadRows(qkv, 3 * width, rows), new HeadRows(column(qkv, width), 3 * width, rows),
          new HeadRows(column(qkv, 2 * width), 3 * width, rows));
      for (Block block : weights.blocks()) {
        program.norm(block.attentionNorm(), x, normed);
        linear(block.qkv(), normed, Output.STORE, qkv);
        program.attendAll(among, mixed);
        add(block.output(), mixed, mixedInputs, x);
        program.norm(block.mlpNorm(), x, normed);
        linear(block.up(), normed, Output.GELU, inner);
        add(block.down(), inner, innerInputs, x);
      }
    }
  }

  /** The Q-Former. */
  private final class Former {
    private final QFormer config;
    private final Bridge.Former former;
    private final int imageRows;
    private final MemorySegment image;
    private final MemorySegment x;
    private final MemorySegment qkv;
    private final MemorySegment mixed;
    private final MemorySegment inner;
    private final Activations inputs;
    private final Activations mixedInputs;
    private final Activations innerInputs;
    private final MemorySegment seen;
    private int looks;

    Former(QFormer config, Bridge.Former former, int imageRows, MemorySegment image) {
      this.config = config;
      this.former = former;
      this.imageRows = imageRows;
      this.image = image;
      this.x = floats(config.queries(), config.width());
      this.qkv = floats(config.queries(), 3 * config.width());
      this.mixed = floats(config.queries(), config.width());
      this.inner = floats(config.queries(), config.mlp());
      FormerLayer first = former.layers().getFirst();
      this.inputs = inputs(first.among().qkv(), config.queries());
      this.mixedInputs = inputs(first.among().result().output(), config.queries());
      this.innerInputs = inputs(first.mlp().down(), config.queries());
      this.seen = floats(imageRows, former.seen().matrix().outputs());
    }

    void write() {
      Activations vision = inputs(former.seen(), imageRows);
      program.norm(weights.vision(), image, vision);
      linear(former.seen(), vision, Output.STORE, seen);
      cut(imageRows);
      starts.add(() -> x.copyFrom(former.queries()));
      norm(former.norm());
      for (FormerLayer layer : former.layers()) {
        among(layer.among());
        if (layer instanceof FormerLayer.Looking looking) {
          look(looking);
        }
        mlp(layer.mlp());
      }
      project(x, config.queries());
    }

    /** x and the inputs of the layer that follows. */
    private void norm(Norm norm) {
      program.norm(norm, x, inputs);
      program.norm(norm, x, plain(x, config.width()));
    }

    private void among(Among among) {
      int width = config.width();
      linear(among.qkv(), inputs, Output.STORE, qkv);
      attend(new HeadRows(qkv, 3 * width, config.queries()), new HeadRows(column(qkv, width), 3 * width, config
          .queries()), new HeadRows(column(qkv, 2 * width), 3 * width, config.queries()));
      result(among.result());
    }

    private void look(FormerLayer.Looking layer) {
      int width = config.width();
      int stride = former.seen().matrix().outputs();
      int keys = 2 * width * looks++;
      linear(layer.query(), inputs, Output.STORE, qkv);
      attend(new HeadRows(qkv, width, config.queries()), new HeadRows(column(seen, keys), stride, imageRows),
          new HeadRows(column(seen, keys + width), stride, imageRows));
      result(layer.look());
    }

    private void attend(HeadRows queries, HeadRows keys, HeadRows values) {
      program.attendAll(
          new FullAttention(config.heads(), config.width() / config.heads(), attention, queries, keys, values), mixed);
    }

    private void result(Result result) {
      add(result.output(), mixed, mixedInputs, x);
      norm(result.norm());
    }

    private void mlp(Mlp mlp) {
      linear(mlp.up(), inputs, Output.GELU, inner);
      add(mlp.down(), inner, innerInputs, x);
      norm(mlp.norm());
    }
  }

  /** Where the image's patches go before it is run: float32 [patches, 3 * patch * patch]. */
  MemorySegment pixels() {
    return pixels;
  }

  /** Puts into the buffers what is the same for every image. */
  void begin() {
    starts.forEach(Runnable::run);
  }

  /** To be run one after the other. */
  List<Phase> phases() {
    return phases;
  }

  /** Operations of the longest phase. */
  int longest() {
    return phases.stream().mapToInt(phase -> phase.part().count()).max().orElseThrow();
  }

  /** What comes out: float32 [tokens, llmHidden]. */
  MemorySegment embedding() {
    return embedding;
  }
}
