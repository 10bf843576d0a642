package org.clarion.engine.vision;

import org.clarion.engine.script.ScriptModule;
import org.clarion.engine.script.Staging;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.EvaConfig.Concat;
import org.clarion.models.architecture.EvaConfig.QFormer;
import org.clarion.models.checkpoint.EvaWeights;

/** Hands the weights of EVA-ViT and of what follows it to the program, one at a time. Names are those of LAVIS. */
final class EvaLoader {
  private final TowerModule tower;
  private final ScriptModule module;
  private final EvaWeights weights;
  private final EvaConfig config;

  EvaLoader(TowerModule tower, EvaWeights weights) {
    this.tower = tower;
    this.module = tower.script();
    this.weights = weights;
    this.config = weights.config();
  }

  void load() {
    module.run("set_shape", config.patch(), config.width(), config.blocks(), config.heads());
    addVision();
    switch (config.bridge()) {
      case QFormer former -> addQueries(former);
      case Concat concat -> module.run("set_group", concat.patches());
    }
    tower.addLinear("llama_proj", weights.llmHidden(), config.featureWidth());
  }

  private void addVision() {
    int width = config.width();
    int side = weights.imageSize() / config.patch();
    try (Staging token = tower.read("visual_encoder.cls_token", width);
        Staging positions = tower.read("visual_encoder.pos_embed", 1L + (long) side * side, width)) {
      module.run("set_tokens", token.tensor(), positions.tensor(), side, tower.imageSize() / config.patch());
    }
    tower.addLinear("visual_encoder.patch_embed.proj", width, 3L * config.patch() * config.patch());
    for (int i = 0; i < config.blocks(); i++) {
      String block = "visual_encoder.blocks." + i + ".";
      tower.addNorm(block + "norm1", width);
      try (Staging w = tower.read(block + "attn.qkv.weight", 3L * width, width);
          Staging q = tower.read(block + "attn.q_bias", width);
          Staging v = tower.read(block + "attn.v_bias", width)) {
        module.run("add_qkv", w.tensor(), q.tensor(), v.tensor());
      }
      tower.addLinear(block + "attn.proj", width, width);
      tower.addNorm(block + "norm2", width);
      tower.addLinear(block + "mlp.fc1", config.mlp(), width);
      tower.addLinear(block + "mlp.fc2", width, config.mlp());
    }
    tower.addNorm("ln_vision", width);
  }

  private void addQueries(QFormer former) {
    int width = former.width();
    module.run("set_former", width, former.layers(), former.heads());
    try (Staging queries = tower.read("query_tokens", former.queries(), width)) {
      module.run("set_queries", queries.tensor());
    }
    tower.addNorm("Qformer.bert.embeddings.LayerNorm", width);
    for (int i = 0; i < former.layers(); i++) {
      String layer = "Qformer.bert.encoder.layer." + i + ".";
      module.run("begin_layer");
      addAttention(layer + "attention.", width, width);
      if (i % 2 == 0) {
        addAttention(layer + "crossattention.", width, config.width());
      }
      tower.addLinear(layer + "intermediate_query.dense", former.mlp(), width);
      tower.addLinear(layer + "output_query.dense", width, former.mlp());
      tower.addNorm(layer + "output_query.LayerNorm", width);
    }
  }

  private void addAttention(String prefix, int width, int seen) {
    tower.addLinear(prefix + "self.query", width, width);
    tower.addLinear(prefix + "self.key", width, seen);
    tower.addLinear(prefix + "self.value", width, seen);
    tower.addLinear(prefix + "output.dense", width, width);
    tower.addNorm(prefix + "output.LayerNorm", width);
  }
}
