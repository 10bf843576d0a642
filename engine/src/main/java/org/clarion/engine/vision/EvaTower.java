package org.clarion.engine.vision;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.ArrayList;
import java.util.List;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.script.ScriptModule;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.EvaConfig.QFormer;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;

/**
 * EVA-ViT and ln_vision, then a Q-Former or neighbouring patches side by side, then a linear projection: the graphs of
 * BLIP-2 and MiniGPT-4.
 */
public final class EvaTower implements ImageTower {
  private final TowerModule tower;
  private final ScriptModule module;
  private final EvaConfig config;

  private EvaTower(TowerModule tower, EvaConfig config) {
    this.tower = tower;
    this.module = tower.script();
    this.config = config;
  }

  /** As {@link ImageTowers#load}. */
  public static EvaTower load(EvaWeights weights, ModelManifest.Vision vision, TowerOptions options) {
    TowerModule tower = TowerModule.load("eva.py", weights, vision, options);
    try {
      new EvaLoader(tower.script(), new StagedEva(tower), weights).load(tower.imageSize());
    } catch (RuntimeException e) {
      tower.close();
      throw e;
    }
    return new EvaTower(tower, weights.config());
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

  /** The image as the network sees it: [3, size, size], normalised. */
  public float[] normalise(PixelTensor image) {
    return tower.normalise(image);
  }

  /**
   * All intermediate results; slow, for comparisons.
   *
   * @param normalised
   *          [3, size, size]
   */
  public VisionStages encodeStages(float[] normalised) {
    module.run("record", true);
    try (PtNDArray input = module.tensor(normalised, 3, imageSize(), imageSize());
        PtNDArray vision = module.call("see", input);
        PtNDArray bridged = module.call("bridge", vision)) {
      int layers = 2 + config.blocks();
      return new VisionStages(tower.stage(0), tower.stages(1, config.blocks()), vision.toFloatArray(),
          switch (config.bridge()) {
            case QFormer former -> tower.stages(layers - 1, 1 + former.layers());
            case EvaConfig.Concat _ -> List.of();
          }, bridged.toFloatArray(), module.callForFloats("project", bridged));
    } finally {
      module.run("record", false);
    }
  }

  /**
   * The Q-Former alone.
   *
   * @param vision
   *          [1 + patches, width], after ln_vision
   * @return the query tokens after their norm, then after each layer: each [queries, width of the Q-Former]
   * @throws IllegalStateException
   *           when the tower has none
   */
  public List<float[]> queryStages(float[] vision) {
    if (!(config.bridge() instanceof QFormer former)) {
      throw new IllegalStateException("this tower has no Q-Former");
    }
    module.run("record", true);
    try (PtNDArray input = module.tensor(vision, vision.length / config.width(), config.width());
        PtNDArray queried = module.call("query", input)) {
      List<float[]> all = new ArrayList<>(tower.stages(0, former.layers()));
      all.add(queried.toFloatArray());
      return all;
    } finally {
      module.run("record", false);
    }
  }

  /** From the image's rows after ln_vision, [1 + patches, width], to the embedding: [tokens, llmHidden]. */
  public float[] bridge(float[] vision) {
    try (PtNDArray input = module.tensor(vision, vision.length / config.width(), config.width());
        PtNDArray bridged = module.call("bridge", input)) {
      return module.callForFloats("project", bridged);
    }
  }

  /** The projection alone: [rows, feature width] to [rows, llmHidden]. */
  public float[] project(float[] rows) {
    int width = config.featureWidth();
    try (PtNDArray input = module.tensor(rows, rows.length / width, width)) {
      return module.callForFloats("project", input);
    }
  }

  /** ln_vision alone, on [rows, width]. */
  public float[] lnVision(float[] rows) {
    try (PtNDArray input = module.tensor(rows, rows.length / config.width(), config.width())) {
      return module.callForFloats("norm", input, 2 * config.blocks(), 1e-5);
    }
  }

  /** The position embedding in use: [1 + patches, width], resampled if the image size asks for it. */
  public float[] positionEmbedding() {
    return module.callForFloats("position_embedding");
  }

  @Override
  public void close() {
    tower.close();
  }
}
