package org.clarion.engine.vision;

import org.clarion.engine.script.ScriptModule;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.EvaConfig.Concat;
import org.clarion.models.architecture.EvaConfig.QFormer;
import org.clarion.models.checkpoint.EvaWeights;

/** The order in which the program of EVA-ViT wants its weights, and of what follows it. Names are those of LAVIS. */
final class EvaLoader {
  private final ScriptModule module;
  private final EvaSink sink;
  private final EvaWeights weights;
  private final EvaConfig config;

  /**
   * A loader.
   *
   * @param sink
   *          gets every weight's name and shape, in order
   */
  EvaLoader(ScriptModule module, EvaSink sink, EvaWeights weights) {
    this.module = module;
    this.sink = sink;
    this.weights = weights;
    this.config = weights.config();
  }

  void load(int imageSize) {
    setShape(imageSize);
    addVision();
    addBridge();
    addProjection();
  }

  /** Sizes, before any weights. */
  void setShape(int imageSize) {
    module.run("set_shape", config.patch(), config.width(), config.blocks(), config.heads());
    module.run("set_sides", side(), imageSize / config.patch());
    switch (config.bridge()) {
      case QFormer former -> module.run("set_former", former.width(), former.layers(), former.heads());
      case Concat concat -> module.run("set_group", concat.patches());
    }
  }

  private int side() {
    return weights.imageSize() / config.patch();
  }

  void addVision() {
    int width = config.width();
    sink.setTokens("visual_encoder.cls_token", "visual_encoder.pos_embed", 1L + (long) side() * side(), width);
    sink.addLinear("visual_encoder.patch_embed.proj", width, 3L * config.patch() * config.patch());
    for (int i = 0; i < config.blocks(); i++) {
      String block = "visual_encoder.blocks." + i + ".";
      sink.addNorm(block + "norm1", width);
      sink.addQkv(block + "attn.", width);
      sink.addLinear(block + "attn.proj", width, width);
      sink.addNorm(block + "norm2", width);
      sink.addLinear(block + "mlp.fc1", config.mlp(), width);
      sink.addLinear(block + "mlp.fc2", width, config.mlp());
    }
    sink.addNorm("ln_vision", width);
  }

  void addBridge() {
    if (!(config.bridge() instanceof QFormer former)) {
      return;
    }
    int width = former.width();
    sink.setQueries("query_tokens", former.queries(), width);
    sink.addNorm("Qformer.bert.embeddings.LayerNorm", width);
    for (int i = 0; i < former.layers(); i++) {
      String layer = "Qformer.bert.encoder.layer." + i + ".";
      module.run("begin_layer");
      addAttention(layer + "attention.", width, width);
      if (i % 2 == 0) {
        addAttention(layer + "crossattention.", width, config.width());
      }
      sink.addLinear(layer + "intermediate_query.dense", former.mlp(), width);
      sink.addLinear(layer + "output_query.dense", width, former.mlp());
      sink.addNorm(layer + "output_query.LayerNorm", width);
    }
  }

  void addProjection() {
    sink.addLinear("llama_proj", weights.llmHidden(), config.featureWidth());
  }

  private void addAttention(String prefix, int width, int seen) {
    sink.addLinear(prefix + "self.query", width, width);
    sink.addLinear(prefix + "self.key", width, seen);
    sink.addLinear(prefix + "self.value", width, seen);
    sink.addLinear(prefix + "output.dense", width, width);
    sink.addNorm(prefix + "output.LayerNorm", width);
  }
}
