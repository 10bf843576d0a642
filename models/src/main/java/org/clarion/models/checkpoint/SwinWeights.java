package org.clarion.models.checkpoint;

import java.util.List;
import org.clarion.models.architecture.SwinConfig;

/**
 * Weights of MedCLIP's image tower under its own names ({@code vision_model.model.*},
 * {@code vision_model.projection_head.weight}) and of the trained projection ({@code llama_proj.*}). MedCLIP's text
 * tower and stored position indexes are ignored.
 */
public record SwinWeights(SwinConfig config, int llmHidden, Checkpoint checkpoint) implements VisionWeights {
  private static final String ROOT = "vision_model.model.";

  /**
   * Checks names and shapes.
   *
   * @throws CheckpointException
   *           {@code projection_missing} or {@code checkpoint_mismatch}, which list every missing or mis-shaped tensor
   */
  public SwinWeights {
    TowerFiles.require(expected(config, llmHidden), checkpoint);
  }

  static SwinWeights of(List<Checkpoint> opened, SwinConfig config) {
    Checkpoint all = overlay(opened);
    ExpectedTensors expected = expected(config, ExpectedTensors.ANY);
    TowerFiles.require(expected, all);
    return new SwinWeights(config, TowerFiles.llmHidden(all), TowerFiles.shown(all, expected));
  }

  /** The files with one name for the projection, the later over the earlier ones. */
  static Checkpoint overlay(List<Checkpoint> opened) {
    return Checkpoints.overlay(
        opened.stream().map(file -> Checkpoints.renamed(file, TowerFiles::projectionName)).toList());
  }

  /**
   * Every tensor of the graph.
   *
   * @param llmHidden
   *          rows of the projection, or {@link ExpectedTensors#ANY}
   */
  static ExpectedTensors expected(SwinConfig config, long llmHidden) {
    ExpectedTensors all = new ExpectedTensors();
    all.add(ROOT + "embeddings.patch_embeddings.projection.weight", config.width(), 3, config.patch(), config.patch());
    all.add(ROOT + "embeddings.patch_embeddings.projection.bias", config.width());
    all.norm(ROOT + "embeddings.norm", config.width());
    for (int stage = 0; stage < config.stages(); stage++) {
      String layer = ROOT + "encoder.layers." + stage + ".";
      for (int block = 0; block < config.depths().get(stage); block++) {
        block(all, layer + "blocks." + block + ".", stage, config);
      }
      if (stage + 1 < config.stages()) {
        long width = config.width(stage);
        all.add(layer + "downsample.reduction.weight", 2 * width, 4 * width);
        all.norm(layer + "downsample.norm", 4 * width);
      }
    }
    long width = config.width(config.stages() - 1);
    all.norm(ROOT + "layernorm", width);
    all.add("vision_model.projection_head.weight", config.featureWidth(), width);
    all.add("llama_proj.weight", llmHidden, config.featureWidth()).add("llama_proj.bias", llmHidden);
    return all;
  }

  private static void block(ExpectedTensors all, String name, int stage, SwinConfig config) {
    long width = config.width(stage);
    long span = 2L * config.window() - 1;
    all.norm(name + "layernorm_before", width);
    all.add(name + "attention.self.relative_position_bias_table", span * span, config.heads().get(stage));
    for (String part : List.of("query", "key", "value")) {
      all.linear(name + "attention.self." + part, width, width);
    }
    all.linear(name + "attention.output.dense", width, width);
    all.norm(name + "layernorm_after", width);
    all.linear(name + "intermediate.dense", config.mlpRatio() * width, width);
    all.linear(name + "output.dense", width, config.mlpRatio() * width);
  }
}
