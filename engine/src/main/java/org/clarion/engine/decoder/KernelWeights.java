package org.clarion.engine.decoder;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.engine.kernel.ElementKind;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.kernel.KernelMemory;
import org.clarion.engine.kernel.KernelProgram.Norm;
import org.clarion.engine.kernel.MatrixPacker;
import org.clarion.engine.kernel.MatrixPacker.Columns;
import org.clarion.engine.kernel.MatrixPacker.Rows;
import org.clarion.engine.kernel.PackedMatrix;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.FalconWeights;
import org.clarion.models.checkpoint.LlamaWeights;

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
   * Packs what this rank needs.
   *
   * @param kind
   *          of the matrices; an int4 model has an int8 head
   */
  static KernelWeights load(DecoderWeights weights, Shard shard, ElementKind kind, KernelLibrary library,
      KernelMemory memory) {
    return new Loader(weights, shard, kind, new MatrixPacker(library, memory, weights.checkpoint())).load();
  }

  /** Weights that are read in a step, bytes. */
  long bytes() {
    return head.bytes() + layers.stream()
        .mapToLong(l -> l.qkv().bytes() + l.output().bytes() + l.up().bytes() + l.down().bytes()).sum();
  }

  private record Loader(DecoderWeights weights, Shard shard, ElementKind kind, MatrixPacker packer) {
    KernelWeights load() {
      DecoderConfig config = weights.config();
      String embedding = switch (weights) {
        case LlamaWeights _ -> "model.embed_tokens.weight";
        case FalconWeights _ -> "transformer.word_embeddings.weight";
      };
      List<Layer> layers = IntStream.range(0, config.layers()).mapToObj(this::layer).toList();
      Norm last = switch (weights) {
        case LlamaWeights llama -> rms("model.norm", llama.config().rmsEps());
        case FalconWeights falcon -> layerNorm("transformer.ln_f", falcon.config().normEps());
      };
      ElementKind headKind = kind == ElementKind.INT4 ? ElementKind.INT8 : kind;
      PackedMatrix head = packer.pack(headKind, List.of(new Rows(config.tiedHead() ? embedding : "lm_head.weight",
          shard.vocabulary().first(), shard.vocabulary().count())), all(), wide());
      return new KernelWeights(packer.table(embedding), layers, last, head);
    }

    private Layer layer(int index) {
      return switch (weights) {
        case LlamaWeights llama -> llama("model.layers." + index + ".", llama.config().rmsEps());
        case FalconWeights falcon -> falcon("transformer.h." + index + ".", falcon.config().normEps());
      };
    }

    private Llama llama(String block, double eps) {
      String attention = block + "self_attn.";
      return new Llama(rms(block + "input_layernorm", eps), rms(block + "post_attention_layernorm", eps),
          qkv(attention + "q_proj.weight", attention + "k_proj.weight", attention + "v_proj.weight"),
          output(attention + "o_proj.weight"),
          gated(block + "mlp.gate_proj.weight", block + "mlp.up_proj.weight"), down(block + "mlp.down_proj.weight"));
    }

    private Falcon falcon(String block, double eps) {
      String attention = block + "self_attention.";
      return new Falcon(layerNorm(block + "ln_attn", eps), layerNorm(block + "ln_mlp", eps),
          qkv(attention + "query.weight", attention + "key.weight", attention + "value.weight"),
          output(attention + "dense.weight"),
          packer.pack(kind, List.of(new Rows(block + "mlp.dense_h_to_4h.weight", shard.ffn().first(), shard.ffn()
              .count())), all(), wide()),
          down(block + "mlp.dense_4h_to_h.weight"));
    }

    /** Blocks of inputs that all ranks have whole. */
    private int wide() {
      return PackedMatrix.block(weights.config().hidden());
    }

    private Columns all() {
      return new Columns(0, weights.config().hidden());
    }

    private PackedMatrix qkv(String query, String key, String value) {
      int d = weights.config().headDim();
      int first = shard.kvHeads().first() * d;
      int count = shard.kvHeads().count() * d;
      return packer.pack(kind, List.of(new Rows(query, shard.heads().first() * d, shard.heads().count() * d),
          new Rows(key, first, count), new Rows(value, first, count)), all(), wide());
    }

    private PackedMatrix output(String name) {
      int d = weights.config().headDim();
      return packer.pack(kind, List.of(new Rows(name, 0, weights.config().hidden())),
          new Columns(shard.heads().first() * d, shard.heads().count() * d), PackedMatrix.block(d));
    }

    private PackedMatrix gated(String gate, String value) {
      List<Rows> rows = new ArrayList<>();
      for (int i = 0; i < shard.ffn().count(); i += VECTOR) {
        int count = Math.min(VECTOR, shard.ffn().count() - i);
        for (String name : List.of(gate, value)) {
          rows.add(new Rows(name, shard.ffn().first() + i, count));
          rows.add(Rows.zeros(VECTOR - count));
        }
      }
      return packer.pack(kind, rows, all(), wide());
    }

    private PackedMatrix down(String name) {
      return packer.pack(kind, List.of(new Rows(name, 0, weights.config().hidden())),
          new Columns(shard.ffn().first(), shard.ffn().count()), ffnBlock());
    }

    /**
     * Not so wide that a cut of the MLP could go through one, on whichever number of ranks: text must not depend on it.
     */
    private int ffnBlock() {
      return Math.min(Shard.WIDEST_UNIT, PackedMatrix.block(weights.config().intermediate()));
    }

    private Norm rms(String name, double eps) {
      return new Norm(packer.vector(name + ".weight"), MemorySegment.NULL, eps);
    }

    private Norm layerNorm(String name, double eps) {
      return new Norm(packer.vector(name + ".weight"), packer.vector(name + ".bias"), eps);
    }
  }
}
