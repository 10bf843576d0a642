package org.clarion.engine.decoder;

import org.clarion.models.architecture.FalconConfig;
import org.clarion.models.architecture.LlamaConfig;
import org.clarion.models.checkpoint.ConvertedDecoder;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.FalconWeights;
import org.clarion.models.checkpoint.LlamaWeights;

/** What sets one architecture's program apart from another's, and the order in which it wants its weights. */
sealed interface ScriptBlock {
  /** File of the block's part of the program. */
  String program();

  /** Sums over the ranks in a step. */
  int parts();

  /** Products of each part: weights that lead back to the residual stream. */
  int products();

  /** Epsilon of the norms. */
  double eps();

  /** Name of the embedding matrix. */
  String embedding();

  /** Loads the weights of one layer. */
  void addLayer(BlockWeights weights, int layer);

  /** Loads the head, and the norm before it. */
  void addHead(BlockWeights weights);

  static ScriptBlock of(DecoderWeights weights) {
    return switch (weights) {
      case LlamaWeights llama -> new Llama(llama.config());
      case FalconWeights falcon -> new Falcon(falcon.config());
      case ConvertedDecoder converted -> throw new IllegalArgumentException("the model in " + converted.folder()
          + " was converted to " + converted.header().packing().precision()
          + " for the kernels of our own, which this device or "
          + "host does not have, or cannot use in the precision that is asked for: libtorch needs the original");
    };
  }

  /** Attention, then MLP; the gains of the norms go into the weights behind them. */
  record Llama(LlamaConfig config) implements ScriptBlock {
    @Override
    public String program() {
      return "llama_block.py";
    }

    @Override
    public int parts() {
      return 2 * config.layers();
    }

    @Override
    public int products() {
      return 1;
    }

    @Override
    public double eps() {
      return config.rmsEps();
    }

    @Override
    public String embedding() {
      return "model.embed_tokens.weight";
    }

    @Override
    public void addLayer(BlockWeights weights, int layer) {
      String block = "model.layers." + layer + ".";
      String attention = block + "self_attn.";
      weights.addQkv(attention + "q_proj.weight", attention + "k_proj.weight", attention + "v_proj.weight",
          block + "input_layernorm.weight");
      weights.addOutput(attention + "o_proj.weight");
      weights.addInner(block + "post_attention_layernorm.weight", block + "mlp.gate_proj.weight",
          block + "mlp.up_proj.weight");
      weights.addOuter(block + "mlp.down_proj.weight");
    }

    @Override
    public void addHead(BlockWeights weights) {
      weights.addHead(config.tiedHead() ? embedding() : "lm_head.weight", "model.norm.weight");
    }
  }

  /** Attention and MLP side by side. */
  record Falcon(FalconConfig config) implements ScriptBlock {
    @Override
    public String program() {
      return "falcon_block.py";
    }

    @Override
    public int parts() {
      return config.layers();
    }

    @Override
    public int products() {
      return 2;
    }

    @Override
    public double eps() {
      return config.normEps();
    }

    @Override
    public String embedding() {
      return "transformer.word_embeddings.weight";
    }

    @Override
    public void addLayer(BlockWeights weights, int layer) {
      String block = "transformer.h." + layer + ".";
      String attention = block + "self_attention.";
      weights.addNorm(block + "ln_attn");
      weights.addNorm(block + "ln_mlp");
      weights.addQkv(attention + "query.weight", attention + "key.weight", attention + "value.weight", null);
      weights.addOutput(attention + "dense.weight");
      weights.addInner(null, block + "mlp.dense_h_to_4h.weight");
      weights.addOuter(block + "mlp.dense_4h_to_h.weight");
    }

    @Override
    public void addHead(BlockWeights weights) {
      weights.addNorm("transformer.ln_f");
      weights.addHead(config.tiedHead() ? embedding() : "lm_head.weight", null);
    }
  }
}
