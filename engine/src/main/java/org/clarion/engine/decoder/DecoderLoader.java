package org.clarion.engine.decoder;

import org.clarion.engine.script.Kernels;
import org.clarion.engine.script.ScriptModule;
import org.clarion.engine.script.Staging;
import org.clarion.models.architecture.LlamaConfig;
import org.clarion.models.checkpoint.Checkpoint;

/**
 * Hands a checkpoint's tensors to the program, one (or one fused group) at a time, so that loading needs little more
 * memory than the weights that stay. Names are Hugging Face's.
 */
final class DecoderLoader {
  private final ScriptModule module;
  private final LlamaConfig config;
  private final Checkpoint checkpoint;
  private final Shard shard;

  DecoderLoader(ScriptModule module, LlamaConfig config, Checkpoint checkpoint, Shard shard) {
    this.module = module;
    this.config = config;
    this.checkpoint = checkpoint;
    this.shard = shard;
  }

  void load(DecoderOptions options, int positions) {
    boolean bf16 = options.precision() == Precision.BFLOAT16;
    boolean f16 = options.precision() == Precision.FLOAT16;
    module.run("configure", bf16, f16, Kernels.packedLinear(bf16), config.hidden(),
        shard.heads().count(), shard.kvHeads().count(), config.headDim(), shard.ffn().count(),
        config.rmsEps());
    // The probe may have run on this thread with its own number of threads.
    ScriptModule.useThreads(options.threads());
    module.run("make_rotations", config.ropeBase(), positions);
    module.run("make_arena", config.layers(), options.arenaTokens());
    addEmbedding();
    for (int layer = 0; layer < config.layers(); layer++) {
      addLayer("model.layers." + layer + ".");
    }
    addHead();
  }

  private void addEmbedding() {
    try (Staging w = staging(config.vocabulary(), config.hidden()).read(checkpoint, "model.embed_tokens.weight")) {
      module.run("add_embedding", w.tensor());
    }
  }

  private void addLayer(String prefix) {
    int hidden = config.hidden();
    int queries = config.heads() * config.headDim();
    int keys = config.kvHeads() * config.headDim();
    String attention = prefix + "self_attn.";
    try (Staging gain = gain(prefix + "input_layernorm.weight");
        Staging w = staging(queries + 2 * keys, hidden).read(checkpoint, attention + "q_proj.weight")
            .read(checkpoint, attention + "k_proj.weight").read(checkpoint, attention + "v_proj.weight")) {
      module.run("add_qkv", w.tensor(), gain.tensor(), config.heads(), config.kvHeads(),
          shard.heads().first(), shard.kvHeads().first());
    }
    try (Staging w = staging(hidden, queries).read(checkpoint, attention + "o_proj.weight")) {
      module.run("add_output", w.tensor(), shard.heads().first());
    }
    try (Staging gain = gain(prefix + "post_attention_layernorm.weight");
        Staging w = staging(2L * config.intermediate(), hidden).read(checkpoint, prefix + "mlp.gate_proj.weight")
            .read(checkpoint, prefix + "mlp.up_proj.weight")) {
      module.run("add_gate_up", w.tensor(), gain.tensor(), shard.ffn().first());
    }
    try (Staging w = staging(hidden, config.intermediate()).read(checkpoint, prefix + "mlp.down_proj.weight")) {
      module.run("add_down", w.tensor(), shard.ffn().first());
    }
  }

  private void addHead() {
    String name = config.tiedHead() ? "model.embed_tokens.weight" : "lm_head.weight";
    try (Staging gain = gain("model.norm.weight");
        Staging w = staging(config.vocabulary(), config.hidden()).read(checkpoint, name)) {
      module.run("add_head", w.tensor(), gain.tensor(), shard.vocabulary().first(), shard.vocabulary().count());
    }
  }

  private Staging gain(String name) {
    return staging(config.hidden()).read(checkpoint, name);
  }

  private Staging staging(long... shape) {
    return new Staging(module, shape);
  }
}
