package org.clarion.engine.vision;

import org.clarion.engine.decoder.Precision;
import org.clarion.engine.script.Kernels;
import org.clarion.engine.script.ScriptModule;
import org.clarion.engine.script.Staging;
import org.clarion.models.architecture.VisionConfig;
import org.clarion.models.checkpoint.VisionWeights;

/**
 * Hands the weights of the image tower to the program, one at a time, in the order in which an image passes them: the
 * program counts on it. Names are those of LAVIS.
 */
final class VisionLoader {
  private final ScriptModule module;
  private final VisionWeights weights;
  private final VisionConfig config;

  VisionLoader(ScriptModule module, VisionWeights weights) {
    this.module = module;
    this.weights = weights;
    this.config = weights.config();
  }

  void load(Precision precision, int imageSize, int threads) {
    boolean bf16 = precision == Precision.BFLOAT16;
    boolean packed = Kernels.packedLinear(bf16);
    ScriptModule.useThreads(threads);
    module.run("configure", bf16, packed, config.patch(), config.width(), config.blocks(), config.heads(),
        config.qWidth(), config.qLayers(), config.qHeads());
    addVision(imageSize);
    addQueries();
    linear("llama_proj", weights.llmHidden(), config.qWidth());
  }

  private void addVision(int imageSize) {
    int width = config.width();
    int side = weights.imageSize() / config.patch();
    try (Staging token = read("visual_encoder.cls_token", width);
        Staging positions = read("visual_encoder.pos_embed", 1L + (long) side * side, width)) {
      module.run("set_tokens", token.tensor(), positions.tensor(), side, imageSize / config.patch());
    }
    linear("visual_encoder.patch_embed.proj", width, 3L * config.patch() * config.patch());
    for (int i = 0; i < config.blocks(); i++) {
      String block = "visual_encoder.blocks." + i + ".";
      norm(block + "norm1", width);
      try (Staging w = read(block + "attn.qkv.weight", 3L * width, width);
          Staging q = read(block + "attn.q_bias", width);
          Staging v = read(block + "attn.v_bias", width)) {
        module.run("add_qkv", w.tensor(), q.tensor(), v.tensor());
      }
      linear(block + "attn.proj", width, width);
      norm(block + "norm2", width);
      linear(block + "mlp.fc1", config.mlp(), width);
      linear(block + "mlp.fc2", width, config.mlp());
    }
    norm("ln_vision", width);
  }

  private void addQueries() {
    int width = config.qWidth();
    try (Staging queries = read("query_tokens", config.queries(), width)) {
      module.run("set_queries", queries.tensor());
    }
    norm("Qformer.bert.embeddings.LayerNorm", width);
    for (int i = 0; i < config.qLayers(); i++) {
      String layer = "Qformer.bert.encoder.layer." + i + ".";
      module.run("begin_layer");
      attention(layer + "attention.", width);
      if (i % 2 == 0) {
        attention(layer + "crossattention.", config.width());
      }
      linear(layer + "intermediate_query.dense", config.qMlp(), width);
      linear(layer + "output_query.dense", width, config.qMlp());
      norm(layer + "output_query.LayerNorm", width);
    }
  }

  private void attention(String prefix, int seen) {
    int width = config.qWidth();
    linear(prefix + "self.query", width, width);
    linear(prefix + "self.key", width, seen);
    linear(prefix + "self.value", width, seen);
    linear(prefix + "output.dense", width, width);
    norm(prefix + "output.LayerNorm", width);
  }

  private void linear(String name, long out, long in) {
    try (Staging w = read(name + ".weight", out, in); Staging bias = read(name + ".bias", out)) {
      module.run("add_linear", w.tensor(), bias.tensor());
    }
  }

  private void norm(String name, int width) {
    try (Staging gain = read(name + ".weight", width); Staging bias = read(name + ".bias", width)) {
      module.run("add_norm", gain.tensor(), bias.tensor());
    }
  }

  private Staging read(String name, long... shape) {
    Staging staging = new Staging(module, shape);
    try {
      return staging.read(weights.checkpoint(), name);
    } catch (RuntimeException e) {
      staging.close();
      throw e;
    }
  }
}
