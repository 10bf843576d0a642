package org.clarion.engine.vision;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.List;
import java.util.stream.Stream;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.script.ScriptModule;
import org.clarion.engine.script.Staging;
import org.clarion.models.architecture.SwinConfig;
import org.clarion.models.checkpoint.SwinWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;

/**
 * MedCLIP's Swin transformer and the trained projection behind it: the graph of XrayGPT's paper, where the pooled image
 * is one position of the prompt. Names are those of MedCLIP's file.
 */
public final class SwinTower implements ImageTower {
  private static final String ROOT = "vision_model.model.";

  private final TowerModule tower;
  private final SwinConfig config;

  private SwinTower(TowerModule tower, SwinConfig config) {
    this.tower = tower;
    this.config = config;
  }

  /** As {@link ImageTowers#load}. */
  public static SwinTower load(SwinWeights weights, ModelManifest.Vision vision, TowerOptions options) {
    TowerModule tower = TowerModule.load("swin.py", weights, vision, options);
    SwinTower swin = new SwinTower(tower, weights.config());
    try {
      swin.addWeights(weights.llmHidden());
      return swin;
    } catch (RuntimeException e) {
      tower.close();
      throw e;
    }
  }

  private void addWeights(int llmHidden) {
    int side = tower.imageSize() / config.patch();
    tower.script().run("set_shape", config.patch(), config.width(), config.window(), side, longs(config.depths()),
        longs(config.heads()));
    tower.addLinear(ROOT + "embeddings.patch_embeddings.projection", config.width(),
        3L * config.patch() * config.patch());
    tower.addNorm(ROOT + "embeddings.norm", config.width());
    for (int stage = 0; stage < config.stages(); stage++) {
      String layer = ROOT + "encoder.layers." + stage + ".";
      for (int block = 0; block < config.depths().get(stage); block++) {
        addBlock(layer + "blocks." + block + ".", stage, side >> stage, block % 2 == 1);
      }
      if (stage + 1 < config.stages()) {
        tower.addNorm(layer + "downsample.norm", 4L * config.width(stage));
        tower.addMatrix(layer + "downsample.reduction", 2L * config.width(stage), 4L * config.width(stage));
      }
    }
    int width = config.width(config.stages() - 1);
    tower.addNorm(ROOT + "layernorm", width);
    tower.addMatrix("vision_model.projection_head", config.featureWidth(), width);
    tower.addLinear("llama_proj", llmHidden, config.featureWidth());
  }

  /**
   * @param shifted
   *          whether the windows lie half a window off; where there is only one, nothing is to be shifted
   */
  private void addBlock(String name, int stage, int side, boolean shifted) {
    int width = config.width(stage);
    long span = 2L * config.window() - 1;
    String self = name + "attention.self.";
    tower.addNorm(name + "layernorm_before", width);
    tower.addFused(Stream.of("query", "key", "value").map(self::concat).toList(), width, width);
    try (Staging table = tower.read(self + "relative_position_bias_table", span * span, config.heads().get(stage))) {
      tower.script().run("add_table", table.tensor(), side,
          shifted && side > config.window() ? config.window() / 2 : 0);
    }
    tower.addLinear(name + "attention.output.dense", width, width);
    tower.addNorm(name + "layernorm_after", width);
    tower.addLinear(name + "intermediate.dense", (long) config.mlpRatio() * width, width);
    tower.addLinear(name + "output.dense", width, (long) config.mlpRatio() * width);
  }

  private static long[] longs(List<Integer> values) {
    return values.stream().mapToLong(Integer::longValue).toArray();
  }

  @Override
  public int imageSize() {
    return tower.imageSize();
  }

  @Override
  public int tokens() {
    return tower.tokens();
  }

  @Override
  public Precision precision() {
    return tower.precision();
  }

  @Override
  public float[] encode(PixelTensor image) {
    return tower.encode(image);
  }

  /**
   * What lies between pixels and embedding, for comparisons; all row-major float32.
   *
   * @param hidden
   *          [rows, width]: after the patches' norm, then after each stage
   * @param last
   *          [rows, width] after the last norm
   * @param pooled
   *          [width]: mean of the rows
   * @param feature
   *          [feature width]: what MedCLIP gives
   * @param projected
   *          [llmHidden]: what {@link #encode} gives
   */
  public record Stages(List<float[]> hidden, float[] last, float[] pooled, float[] feature, float[] projected) {}

  /**
   * All intermediate results; slow.
   *
   * @param normalised
   *          [channels, size, size] with 3 channels, or one that stands for three equal ones
   */
  public Stages encodeStages(float[] normalised) {
    ScriptModule module = tower.script();
    int area = imageSize() * imageSize();
    module.run("record", true);
    try (PtNDArray input = module.tensor(normalised, normalised.length / area, imageSize(), imageSize());
        PtNDArray last = module.call("see", input);
        PtNDArray pooled = module.call("pool", last);
        PtNDArray feature = module.call("feature", pooled)) {
      return new Stages(tower.stages(0, 1 + config.stages()), last.toFloatArray(), pooled.toFloatArray(),
          feature.toFloatArray(), module.callForFloats("project", feature));
    } finally {
      module.run("record", false);
    }
  }

  @Override
  public void close() {
    tower.close();
  }
}
