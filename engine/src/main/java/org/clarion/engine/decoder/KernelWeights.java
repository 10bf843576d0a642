package org.clarion.engine.decoder;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.engine.kernel.ElementKind;
import org.clarion.engine.kernel.KernelProgram.Norm;
import org.clarion.engine.kernel.KernelTensors;
import org.clarion.engine.kernel.KernelTensors.Matrix;
import org.clarion.engine.kernel.KernelTensors.Table;
import org.clarion.engine.kernel.MatrixPacker.Columns;
import org.clarion.engine.kernel.MatrixPacker.Rows;
import org.clarion.engine.kernel.PackedMatrix;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.FalconConfig;
import org.clarion.models.architecture.LlamaConfig;

/**
 * One rank's weights in the kernels' layout.
 *
 * @param embedding
 *          bfloat16 [vocabulary, hidden]
 * @param head
 *          this rank's part of the vocabulary
 */
record KernelWeights(MemorySegment embedding, List<Layer> layers, Norm finalNorm, PackedMatrix head) {
  /** Gates and what they let through alternate in groups of so many channels. */
  private static final int VECTOR = 16;

  /** One block. */
  sealed interface Layer {
    /** Before attention. */
    Norm attentionNorm();

    /** Before the MLP. */
    Norm mlpNorm();

    /** Queries, keys, values of this rank's heads. */
    PackedMatrix qkv();

    /** From this rank's heads to the residual stream. */
    PackedMatrix output();

    /** Into the MLP. */
    PackedMatrix up();

    /** Out of it. */
    PackedMatrix down();
  }

  /** Attention, then the MLP on its result; {@code up} holds gates and values in turn. */
  record Llama(Norm attentionNorm, Norm mlpNorm, PackedMatrix qkv, PackedMatrix output, PackedMatrix up,
      PackedMatrix down) implements Layer {}

  /** Attention and MLP side by side on the same input. */
  record Falcon(Norm attentionNorm, Norm mlpNorm, PackedMatrix qkv, PackedMatrix output, PackedMatrix up,
      PackedMatrix down) implements Layer {}

  /**
   * What this rank needs.
   *
   * @param kind
   *          of the matrices; an int4 model has an int8 head
   * @param tensors
   *          where it comes from
   */
  static KernelWeights load(DecoderConfig config, Shard shard, ElementKind kind, KernelTensors tensors) {
    return new Loader(config, shard, kind, tensors).load();
  }

  /** Widths of the blocks that inputs of the decoder's matrices are spread in. */
  static String blocks(DecoderConfig config) {
    return "hidden " + PackedMatrix.block(config.hidden()) + ", head " + PackedMatrix.block(config.headDim()) + ", mlp "
        + ffnBlock(config);
  }

  /**
   * Not so wide that a cut of the MLP could go through one, on whichever number of ranks: text must not depend on it.
   */
  private static int ffnBlock(DecoderConfig config) {
    return Math.min(Shard.WIDEST_UNIT, PackedMatrix.block(config.intermediate()));
  }

  /** Weights that are read in a step, bytes. */
  long bytes() {
    return head.bytes() + layers.stream()
        .mapToLong(l -> l.qkv().bytes() + l.output().bytes() + l.up().bytes() + l.down().bytes()).sum();
  }

  private record Loader(DecoderConfig config, Shard shard, ElementKind kind, KernelTensors tensors) {
    KernelWeights load() {
      String embedding = switch (config) {
        case LlamaConfig _ -> "model.embed_tokens.weight";
        case FalconConfig _ -> "transformer.word_embeddings.weight";
      };
      List<Layer> layers = IntStream.range(0, config.layers()).mapToObj(this::layer).toList();
      Norm last = switch (config) {
        case LlamaConfig llama -> rms("model.norm", llama.rmsEps());
        case FalconConfig falcon -> layerNorm("transformer.ln_f", falcon.normEps());
      };
      ElementKind headKind = kind == ElementKind.INT4 ? ElementKind.INT8 : kind;
      PackedMatrix head = tensors.matrix("head", new Matrix(headKind, List.of(new Rows(config.tiedHead()
          ? embedding
          : "lm_head.weight", shard.vocabulary().first(), shard.vocabulary().count())), all(), wide()));
      return new KernelWeights(tensors.table("embedding", new Table(embedding, config.vocabulary(), config.hidden())),
          layers, last, head);
    }

    private Layer layer(int index) {
      return switch (config) {
        case LlamaConfig llama -> llama("model.layers." + index + ".", llama.rmsEps());
        case FalconConfig falcon -> falcon("transformer.h." + index + ".", falcon.normEps());
      };
    }

    private Llama llama(String block, double eps) {
      String attention = block + "self_attn.";
      return new Llama(rms(block + "input_layernorm", eps), rms(block + "post_attention_layernorm", eps),
          qkv(block, attention + "q_proj.weight", attention + "k_proj.weight", attention + "v_proj.weight"),
          output(block, attention + "o_proj.weight"),
          gated(block, block + "mlp.gate_proj.weight", block + "mlp.up_proj.weight"),
          down(block, block + "mlp.down_proj.weight"));
    }

    private Falcon falcon(String block, double eps) {
      String attention = block + "self_attention.";
      Rows up = new Rows(block + "mlp.dense_h_to_4h.weight", shard.ffn().first(), shard.ffn().count());
      return new Falcon(layerNorm(block + "ln_attn", eps), layerNorm(block + "ln_mlp", eps),
          qkv(block, attention + "query.weight", attention + "key.weight", attention + "value.weight"),
          output(block, attention + "dense.weight"), matrix(block + "up", List.of(up), all(), wide()),
          down(block, block + "mlp.dense_4h_to_h.weight"));
    }

    private PackedMatrix matrix(String name, List<Rows> rows, Columns columns, int block) {
      return tensors.matrix(name, new Matrix(kind, rows, columns, block));
    }

    /** Blocks of inputs that all ranks have whole. */
    private int wide() {
      return PackedMatrix.block(config.hidden());
    }

    private Columns all() {
      return new Columns(0, config.hidden());
    }

    private PackedMatrix qkv(String block, String query, String key, String value) {
      int d = config.headDim();
      int first = shard.kvHeads().first() * d;
      int count = shard.kvHeads().count() * d;
      return matrix(block + "qkv", List.of(new Rows(query, shard.heads().first() * d, shard.heads().count() * d),
          new Rows(key, first, count), new Rows(value, first, count)), all(), wide());
    }

    private PackedMatrix output(String block, String name) {
      int d = config.headDim();
      return matrix(block + "output", List.of(new Rows(name, 0, config.hidden())),
          new Columns(shard.heads().first() * d, shard.heads().count() * d), PackedMatrix.block(d));
    }

    private PackedMatrix gated(String block, String gate, String value) {
      List<Rows> rows = new ArrayList<>();
      for (int i = 0; i < shard.ffn().count(); i += VECTOR) {
        int count = Math.min(VECTOR, shard.ffn().count() - i);
        for (String name : List.of(gate, value)) {
          rows.add(new Rows(name, shard.ffn().first() + i, count));
          rows.add(Rows.zeros(VECTOR - count));
        }
      }
      return matrix(block + "up", rows, all(), wide());
    }

    private PackedMatrix down(String block, String name) {
      return matrix(block + "down", List.of(new Rows(name, 0, config.hidden())),
          new Columns(shard.ffn().first(), shard.ffn().count()), ffnBlock(config));
    }

    private Norm rms(String name, double eps) {
      return new Norm(vector(name + ".weight"), MemorySegment.NULL, eps);
    }

    private Norm layerNorm(String name, double eps) {
      return new Norm(vector(name + ".weight"), vector(name + ".bias"), eps);
    }

    private MemorySegment vector(String name) {
      return tensors.vector(name, List.of(new Rows(name, 0, config.hidden())));
    }
  }
}
