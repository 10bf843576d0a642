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
import org.clarion.engine.kernel.KernelTeam;
import org.clarion.engine.kernel.StepNumbers;
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

/**
 * EVA-ViT, what follows it and the projection as a program for a few images at a time, with the buffers that it works
 * in. Images lie one behind the other, so that most operations take the rows of all of them as those of one matrix;
 * what is an image's own (its class token in front of its patches, patches side by side) is written once for each.
 */
final class KernelEvaGraph {
  private static final int BLOCK_OPERATIONS = 12;
  private static final int FORMER_OPERATIONS = 24;
  private static final int FURTHER_OPERATIONS = 6;
  private static final int OPERATIONS_PER_IMAGE = 4;

  /** A part of the program. */
  sealed interface Phase {
    KernelProgram.Part part();

    /** Once for all images, with so many rows of each. */
    record OfAll(KernelProgram.Part part, int rowsPerImage) implements Phase {}

    /** For one image only. */
    record OfOne(KernelProgram.Part part, int image, int rows) implements Phase {}
  }

  /** What a buffer has of every image; copied there before the program runs. */
  private record Start(MemorySegment buffer, MemorySegment values) {
    void copy(int image) {
      buffer.asSlice(image * values.byteSize(), values.byteSize()).copyFrom(values);
    }
  }

  private final KernelMemory memory;
  private final ElementKind kind;
  private final ElementKind attention;
  private final KernelEvaWeights weights;
  private final int images;
  private final KernelProgram program;
  private final List<Phase> phases = new ArrayList<>();
  private final List<Start> starts = new ArrayList<>();
  private final MemorySegment pixels;
  private final MemorySegment embedding;

  /**
   * Writes the program.
   *
   * @param images
   *          most at a time
   * @param attention
   *          kind of its products
   */
  KernelEvaGraph(EvaConfig config, KernelEvaWeights weights, int imageSize, int images, ElementKind attention,
      KernelMemory memory, Arena arena, Tiling tiling) {
    this.images = images;
    this.memory = memory;
    this.attention = attention;
    this.weights = weights;
    this.kind = weights.projection().matrix().kind().activations();
    int formerLayers = config.bridge() instanceof QFormer former ? former.layers() : 0;
    this.program = new KernelProgram(arena, BLOCK_OPERATIONS * config.blocks() + FORMER_OPERATIONS * formerLayers
        + FURTHER_OPERATIONS + OPERATIONS_PER_IMAGE * images, tiling);
    int rows = config.positions(imageSize);
    int patches = rows - 1;
    int width = config.width();
    MemorySegment x = floats(rows, width);
    this.pixels = floats(patches, weights.patches().matrix().inputs());
    starts.add(new Start(x, weights.positions()));
    Activations patchInputs = inputs(weights.patches(), patches, 1);
    for (int image = 0; image < images; image++) {
      add(weights.patches(), ofImage(pixels, image), patchInputs, patches(x, image, width));
      phases.add(new Phase.OfOne(program.cut(), image, patches));
    }
    new Trunk(config, rows, x).write();
    this.embedding = floats(config.tokens(imageSize), weights.projection().matrix().outputs());
    switch (weights.bridge()) {
      case Bridge.Former former -> new Former((QFormer) config.bridge(), former, rows, x).write();
      case Bridge.Concat concat -> concat(x, rows, width, patches / concat.patches());
    }
  }

  /** Its rows without the class token's, several patches as one. */
  private void concat(MemorySegment x, int rows, int width, int tokens) {
    program.norm(weights.vision(), x, plain(x, width));
    cut(rows);
    Activations in = inputs(weights.projection(), tokens, 1);
    for (int image = 0; image < images; image++) {
      project(patches(x, image, width), in, ofImage(embedding, image));
      phases.add(new Phase.OfOne(program.cut(), image, tokens));
    }
  }

  private MemorySegment ofImage(MemorySegment buffer, int image) {
    long bytes = buffer.byteSize() / images;
    return buffer.asSlice(image * bytes, bytes);
  }

  private MemorySegment patches(MemorySegment x, int image, int width) {
    return ofImage(x, image).asSlice((long) width * Float.BYTES);
  }

  // ---- Parts of which everything consists

  /** So many rows of each image. */
  private MemorySegment floats(int rows, int width) {
    return memory.allocate((long) images * rows * width * Float.BYTES);
  }

  private Activations inputs(Linear layer, int rows) {
    return inputs(layer, rows, images);
  }

  private Activations inputs(Linear layer, int rows, int ofImages) {
    return Activations.allocate(memory, kind, layer.matrix().inputs(), layer.matrix().block(), ofImages * rows);
  }

  private static Activations plain(MemorySegment x, int width) {
    return new Activations(ElementKind.FLOAT32, width, 0, x, MemorySegment.NULL);
  }

  private void linear(Linear layer, Activations in, Output output, MemorySegment out) {
    program.linear(layer.matrix(), in, new Target(output, out, layer.matrix().outputs(), layer.bias()));
  }

  /**
   * x += an MLP of in; the inner values go through {@code inner} where they cannot go to {@code innerInputs} at once.
   */
  private void mlp(Linear up, Linear down, Activations in, MemorySegment inner, Activations innerInputs,
      MemorySegment x) {
    if (kind == ElementKind.BFLOAT16) {
      linear(up, in, Output.GELU_BFLOAT16, innerInputs.data());
      linear(down, innerInputs, Output.ADD, x);
    } else {
      linear(up, in, Output.GELU, inner);
      add(down, inner, innerInputs, x);
    }
  }

  /** Room for the inner values of an MLP. */
  private MemorySegment inner(int rows, int width) {
    return kind == ElementKind.BFLOAT16 ? MemorySegment.NULL : floats(rows, width);
  }

  /** x += layer of values. */
  private void add(Linear layer, MemorySegment values, Activations in, MemorySegment x) {
    program.convert(values, in);
    linear(layer, in, Output.ADD, x);
  }

  private void project(MemorySegment values, Activations in, MemorySegment out) {
    program.convert(values, in);
    linear(weights.projection(), in, Output.STORE, out);
  }

  private void cut(int rows) {
    phases.add(new Phase.OfAll(program.cut(), rows));
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
      this.inner = inner(rows, config.mlp());
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
        mlp(block.up(), block.down(), normed, inner, innerInputs, x);
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
      this.inner = inner(config.queries(), config.mlp());
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
      starts.add(new Start(x, former.queries()));
      norm(former.norm());
      for (FormerLayer layer : former.layers()) {
        among(layer.among());
        if (layer instanceof FormerLayer.Looking looking) {
          look(looking);
        }
        mlp(layer.mlp());
      }
      project(x, inputs(weights.projection(), config.queries()), embedding);
      cut(config.queries());
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
      KernelEvaGraph.this.mlp(mlp.up(), mlp.down(), inputs, inner, innerInputs, x);
      norm(mlp.norm());
    }
  }

  /** Where an image's patches go before it is run: float32 [patches, 3 * patch * patch]. */
  MemorySegment pixels(int image) {
    return ofImage(pixels, image);
  }

  /**
   * Runs the program; returns when all of it is done.
   *
   * @param count
   *          images, the first ones of the buffers
   */
  void run(int count, KernelTeam team, StepNumbers numbers) {
    for (Start start : starts) {
      for (int image = 0; image < count; image++) {
        start.copy(image);
      }
    }
    for (Phase phase : phases) {
      switch (phase) {
        case Phase.OfAll all -> team.run(all.part(), numbers.rows(count * all.rowsPerImage()));
        case Phase.OfOne one -> {
          if (one.image() < count) {
            team.run(one.part(), numbers.rows(one.rows()));
          }
        }
      }
    }
  }

  /** Operations of the longest phase. */
  int longest() {
    return phases.stream().mapToInt(phase -> phase.part().count()).max().orElseThrow();
  }

  /** What comes out of an image: float32 [tokens, llmHidden]. */
  MemorySegment embedding(int image) {
    return ofImage(embedding, image);
  }
}
