package org.clarion.engine.vision;

import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.kernel.KernelProgram.Norm;
import org.clarion.engine.kernel.KernelTensors;
import org.clarion.engine.kernel.KernelTensors.Matrix;
import org.clarion.engine.kernel.KernelTensors.Numbers;
import org.clarion.engine.kernel.MatrixPacker.Columns;
import org.clarion.engine.kernel.MatrixPacker.Rows;
import org.clarion.engine.kernel.PackedMatrix;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.EvaConfig.QFormer;
import org.clarion.models.checkpoint.Checkpoint;

/**
 * The weights of EVA-ViT and of what follows it in the kernels' layout. Vectors are float32.
 *
 * @param patches
 *          from a patch's pixels to its row
 * @param positions
 *          [1 + patches, width]: what is added to the rows; the class token is part of the first
 * @param vision
 *          the norm behind the last block
 */
record KernelEvaWeights(Linear patches, MemorySegment positions, List<Block> blocks, Norm vision, Bridge bridge,
    Linear projection) {
  private static final double BLOCK_EPS = 1e-6;
  private static final double VISION_EPS = 1e-5;
  private static final double FORMER_EPS = 1e-12;

  /** A linear layer with its bias. */
  record Linear(PackedMatrix matrix, MemorySegment bias) {}

  /** A block of the ViT. */
  record Block(Norm attentionNorm, Linear qkv, Linear output, Norm mlpNorm, Linear up, Linear down) {}

  /** From the image's rows to the projection's input. */
  sealed interface Bridge {
    /** Neighbouring patches side by side. */
    record Concat(int patches) implements Bridge {}

    /**
     * Learned queries that look at the image.
     *
     * @param queries
     *          [queries, width], before their norm
     * @param seen
     *          keys and values of the image's rows for all layers that look at it: [2 width] of each, one after the
     *          other
     */
    record Former(MemorySegment queries, Norm norm, Linear seen, List<FormerLayer> layers) implements Bridge {}
  }

  /** A layer of the Q-Former; every even one looks at the image. */
  sealed interface FormerLayer {
    /** Among the queries. */
    Among among();

    /** The queries' own MLP. */
    Mlp mlp();

    /** One that looks at the image between the two. */
    record Looking(Among among, Linear query, Result look, Mlp mlp) implements FormerLayer {}

    /** One that does not. */
    record Plain(Among among, Mlp mlp) implements FormerLayer {}
  }

  /** Attention among the queries. */
  record Among(Linear qkv, Result result) {}

  /** What becomes of what attention finds: a layer whose output is added, then a norm. */
  record Result(Linear output, Norm norm) {}

  /** Two layers whose output is added, then a norm. */
  record Mlp(Linear up, Linear down, Norm norm) {}

  /** What a tower is made for. */
  record Plan(EvaConfig config, int llmHidden, Precision precision, int imageSize) {}

  /** Widths of the blocks that inputs of a tower's matrices are spread in. */
  static String blocks(EvaConfig config, Precision precision) {
    boolean spread = spreads(precision);
    String former = switch (config.bridge()) {
      case QFormer q -> ", q-width " + width(spread, q.width()) + ", q-mlp " + width(spread, q.mlp());
      case EvaConfig.Concat _ -> "";
    };
    return "patch " + width(spread, patchInputs(config)) + ", width " + width(spread, config.width()) + ", mlp "
        + width(spread, config.mlp()) + former + ", features " + width(spread, config.featureWidth());
  }

  /** Only int8 gains by it: bfloat16 is as exact for a small number beside a large one. */
  private static boolean spreads(Precision precision) {
    return precision == Precision.INT8;
  }

  private static int width(boolean spread, int inputs) {
    return spread ? PackedMatrix.block(inputs) : 0;
  }

  private static int patchInputs(EvaConfig config) {
    return 3 * config.patch() * config.patch();
  }

  /**
   * All weights.
   *
   * @param plan
   *          positions are resampled where they were trained for images of another size
   * @param tensors
   *          where they come from
   */
  static KernelEvaWeights load(Plan plan, KernelTensors tensors) {
    return new Loader(plan, plan.config(), tensors).load();
  }

  private record Loader(Plan plan, EvaConfig config, KernelTensors tensors) {
    KernelEvaWeights load() {
      Linear patches = linear("visual_encoder.patch_embed.proj", config.width(), patchInputs(config));
      List<Block> blocks = IntStream.range(0, config.blocks())
          .mapToObj(i -> block("visual_encoder.blocks." + i + ".")).toList();
      Bridge bridge = switch (config.bridge()) {
        case QFormer former -> former(former);
        case EvaConfig.Concat concat -> new Bridge.Concat(concat.patches());
      };
      MemorySegment positions = tensors.numbers("visual_encoder.positions",
          new Numbers(config.positions(plan.imageSize()) * config.width(), this::positions));
      return new KernelEvaWeights(patches, positions, blocks, norm("ln_vision", config.width(), VISION_EPS), bridge,
          linear("llama_proj", plan.llmHidden(), config.featureWidth()));
    }

    private float[] positions(Checkpoint checkpoint) {
      String name = "visual_encoder.pos_embed";
      int patches = Math.toIntExact(checkpoint.require(name).elements() / config.width()) - 1;
      int trained = (int) Math.sqrt(patches);
      float[] positions = PositionGrid.resample(floats(checkpoint, name), config.width(), trained,
          plan.imageSize() / config.patch());
      float[] token = floats(checkpoint, "visual_encoder.cls_token");
      for (int i = 0; i < token.length; i++) {
        positions[i] += token[i];
      }
      return positions;
    }

    private static float[] floats(Checkpoint checkpoint, String name) {
      FloatBuffer floats = FloatBuffer.allocate(Math.toIntExact(checkpoint.require(name).elements()));
      checkpoint.readFloats(name, floats);
      return floats.array();
    }

    private Block block(String block) {
      int width = config.width();
      Linear qkv = new Linear(matrix(block + "attn.qkv", List.of(new Rows(block + "attn.qkv.weight", 0, 3 * width)),
          width),
          tensors.vector(block + "attn.qkv.bias", List.of(new Rows(block + "attn.q_bias", 0, width),
              Rows.zeros(width), new Rows(block + "attn.v_bias", 0, width))));
      return new Block(norm(block + "norm1", width, BLOCK_EPS), qkv, linear(block + "attn.proj", width, width),
          norm(block + "norm2", width, BLOCK_EPS), linear(block + "mlp.fc1", config.mlp(), width),
          linear(block + "mlp.fc2", width, config.mlp()));
    }

    private Bridge.Former former(QFormer former) {
      List<String> seen = new ArrayList<>();
      List<FormerLayer> layers = new ArrayList<>();
      for (int i = 0; i < former.layers(); i++) {
        String layer = "Qformer.bert.encoder.layer." + i + ".";
        String self = layer + "attention.self.";
        Among among = new Among(fused(self + "qkv", List.of(self + "query", self + "key", self + "value"),
            former.width(), former.width()), result(layer + "attention.output", former.width()));
        Mlp mlp = new Mlp(linear(layer + "intermediate_query.dense", former.mlp(), former.width()),
            linear(layer + "output_query.dense", former.width(), former.mlp()),
            norm(layer + "output_query.LayerNorm", former.width(), FORMER_EPS));
        if (i % 2 == 0) {
          String look = layer + "crossattention.";
          seen.addAll(List.of(look + "self.key", look + "self.value"));
          layers.add(new FormerLayer.Looking(among, linear(look + "self.query", former.width(), former.width()),
              result(look + "output", former.width()), mlp));
        } else {
          layers.add(new FormerLayer.Plain(among, mlp));
        }
      }
      MemorySegment queries = tensors.numbers("query_tokens",
          new Numbers(former.queries() * former.width(), checkpoint -> floats(checkpoint, "query_tokens")));
      return new Bridge.Former(queries, norm("Qformer.bert.embeddings.LayerNorm", former.width(), FORMER_EPS),
          fused("Qformer.bert.seen", seen, former.width(), config.width()), layers);
    }

    private Result result(String prefix, int width) {
      return new Result(linear(prefix + ".dense", width, width), norm(prefix + ".LayerNorm", width, FORMER_EPS));
    }

    private Linear linear(String name, int outputs, int inputs) {
      return fused(name, List.of(name), outputs, inputs);
    }

    /** Layers of the same input side by side. */
    private Linear fused(String name, List<String> layers, int outputs, int inputs) {
      return new Linear(
          matrix(name, layers.stream().map(layer -> new Rows(layer + ".weight", 0, outputs)).toList(), inputs),
          tensors.vector(name + ".bias",
              layers.stream().map(layer -> new Rows(layer + ".bias", 0, outputs)).toList()));
    }

    private PackedMatrix matrix(String name, List<Rows> rows, int inputs) {
      return tensors.matrix(name, new Matrix(KernelEvaTower.kind(plan.precision()), rows, new Columns(0, inputs),
          width(spreads(plan.precision()), inputs)));
    }

    private Norm norm(String name, int width, double eps) {
      return new Norm(vector(name + ".weight", width), vector(name + ".bias", width), eps);
    }

    private MemorySegment vector(String name, int width) {
      return tensors.vector(name, List.of(new Rows(name, 0, width)));
    }
  }
}
