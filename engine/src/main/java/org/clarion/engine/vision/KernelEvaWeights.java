package org.clarion.engine.vision;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.engine.kernel.ElementKind;
import org.clarion.engine.kernel.KernelProgram.Norm;
import org.clarion.engine.kernel.MatrixPacker;
import org.clarion.engine.kernel.MatrixPacker.Columns;
import org.clarion.engine.kernel.MatrixPacker.Rows;
import org.clarion.engine.kernel.PackedMatrix;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.EvaConfig.QFormer;
import org.clarion.models.checkpoint.EvaWeights;

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
record KernelEvaWeights(Linear patches, float[] positions, List<Block> blocks, Norm vision, Bridge bridge,
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
    record Former(float[] queries, Norm norm, Linear seen, List<FormerLayer> layers) implements Bridge {}
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

  /**
   * Packs all weights.
   *
   * @param kind
   *          of the matrices
   * @param imageSize
   *          side of the images, pixels; positions are resampled if they were trained for another
   */
  static KernelEvaWeights load(EvaWeights weights, ElementKind kind, int imageSize, MatrixPacker packer) {
    return new Loader(weights, kind, packer).load(imageSize);
  }

  private record Loader(EvaWeights weights, ElementKind kind, MatrixPacker packer) {
    KernelEvaWeights load(int imageSize) {
      EvaConfig config = weights.config();
      int width = config.width();
      Linear patches = linear("visual_encoder.patch_embed.proj", width, 3 * config.patch() * config.patch());
      List<Block> blocks = IntStream.range(0, config.blocks())
          .mapToObj(i -> block("visual_encoder.blocks." + i + ".")).toList();
      Bridge bridge = switch (config.bridge()) {
        case QFormer former -> former(former);
        case EvaConfig.Concat concat -> new Bridge.Concat(concat.patches());
      };
      return new KernelEvaWeights(patches, positions(imageSize), blocks, norm("ln_vision", VISION_EPS), bridge,
          linear("llama_proj", weights.llmHidden(), config.featureWidth()));
    }

    private float[] positions(int imageSize) {
      EvaConfig config = weights.config();
      float[] positions = PositionGrid.resample(packer.floats("visual_encoder.pos_embed"), config.width(),
          weights.imageSize() / config.patch(), imageSize / config.patch());
      float[] token = packer.floats("visual_encoder.cls_token");
      for (int i = 0; i < token.length; i++) {
        positions[i] += token[i];
      }
      return positions;
    }

    private Block block(String block) {
      int width = weights.config().width();
      Linear qkv = new Linear(pack(List.of(new Rows(block + "attn.qkv.weight", 0, 3 * width)), width), packer.vector(
          List.of(new Rows(block + "attn.q_bias", 0, width), Rows.zeros(width),
              new Rows(block + "attn.v_bias", 0, width))));
      return new Block(norm(block + "norm1", BLOCK_EPS), qkv, linear(block + "attn.proj", width, width),
          norm(block + "norm2", BLOCK_EPS), linear(block + "mlp.fc1", weights.config().mlp(), width),
          linear(block + "mlp.fc2", width, weights.config().mlp()));
    }

    private Bridge.Former former(QFormer former) {
      List<String> seen = new ArrayList<>();
      List<FormerLayer> layers = new ArrayList<>();
      for (int i = 0; i < former.layers(); i++) {
        String layer = "Qformer.bert.encoder.layer." + i + ".";
        String self = layer + "attention.self.";
        Among among = new Among(fused(List.of(self + "query", self + "key", self + "value"), former.width(),
            former.width()), result(layer + "attention.output", former.width()));
        Mlp mlp = new Mlp(linear(layer + "intermediate_query.dense", former.mlp(), former.width()),
            linear(layer + "output_query.dense", former.width(), former.mlp()),
            norm(layer + "output_query.LayerNorm", FORMER_EPS));
        if (i % 2 == 0) {
          String look = layer + "crossattention.";
          seen.addAll(List.of(look + "self.key", look + "self.value"));
          layers.add(new FormerLayer.Looking(among, linear(look + "self.query", former.width(), former.width()),
              result(look + "output", former.width()), mlp));
        } else {
          layers.add(new FormerLayer.Plain(among, mlp));
        }
      }
      return new Bridge.Former(packer.floats("query_tokens"), norm("Qformer.bert.embeddings.LayerNorm", FORMER_EPS),
          fused(seen, former.width(), weights.config().width()), layers);
    }

    private Result result(String prefix, int width) {
      return new Result(linear(prefix + ".dense", width, width), norm(prefix + ".LayerNorm", FORMER_EPS));
    }

    private Linear linear(String name, int outputs, int inputs) {
      return fused(List.of(name), outputs, inputs);
    }

    /** Layers of the same input side by side. */
    private Linear fused(List<String> names, int outputs, int inputs) {
      return new Linear(pack(names.stream().map(name -> new Rows(name + ".weight", 0, outputs)).toList(), inputs),
          packer.vector(names.stream().map(name -> new Rows(name + ".bias", 0, outputs)).toList()));
    }

    private PackedMatrix pack(List<Rows> rows, int inputs) {
      return packer.pack(kind, rows, new Columns(0, inputs), PackedMatrix.block(inputs));
    }

    private Norm norm(String name, double eps) {
      return new Norm(packer.vector(name + ".weight"), packer.vector(name + ".bias"), eps);
    }
  }
}
