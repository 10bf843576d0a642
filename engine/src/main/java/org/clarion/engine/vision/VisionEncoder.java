package org.clarion.engine.vision;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.script.ScriptModule;
import org.clarion.models.architecture.VisionConfig;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;

/**
 * EVA-ViT, ln_vision, Q-Former and linear projection: pixels to vectors that take the place of token embeddings. The
 * graph is that of BLIP-2 and MiniGPT-4. One image a call: a single one fills the kernels already.
 *
 * <p>
 * To be loaded, used and closed by one thread.
 */
public final class VisionEncoder implements AutoCloseable {
  private final ScriptModule module;
  private final VisionConfig config;
  private final int imageSize;
  private final ByteBuffer pixels;
  private final PtNDArray pixelView;

  private VisionEncoder(ScriptModule module, VisionConfig config, int imageSize) {
    this.module = module;
    this.config = config;
    this.imageSize = imageSize;
    this.pixels = ByteBuffer.allocateDirect(3 * imageSize * imageSize).order(ByteOrder.nativeOrder());
    this.pixelView = module.view(pixels, DataType.UINT8, 3, imageSize, imageSize);
  }

  /**
   * Loads the weights.
   *
   * @param weights
   *          checked already; not used afterwards
   * @param vision
   *          the image size to expect, which may differ from the one that the positions were trained for (they are
   *          resampled then, bicubic), and how pixels are normalised
   * @throws IllegalArgumentException
   *           when the image size is no multiple of the patch, or there are not three means and deviations
   */
  public static VisionEncoder load(VisionWeights weights, ModelManifest.Vision vision, Precision precision,
      int threads) {
    int size = vision.imageSize();
    if (size < weights.config().patch() || size % weights.config().patch() != 0) {
      throw new IllegalArgumentException(
          "an image size of " + size + " is no multiple of the patch size " + weights.config().patch());
    }
    ScriptModule module = ScriptModule.load(VisionEncoder.class, threads, "vision_encoder.py");
    try {
      new VisionLoader(module, weights).load(precision, size, threads);
      try (PtNDArray mean = module.tensor(channels("means", vision.mean()), 3);
          PtNDArray std = module.tensor(channels("deviations", vision.std()), 3)) {
        module.run("set_normalisation", mean, std);
      }
      return new VisionEncoder(module, weights.config(), size);
    } catch (RuntimeException e) {
      module.close();
      throw e;
    }
  }

  private static float[] channels(String what, List<Double> values) {
    if (values.size() != 3) {
      throw new IllegalArgumentException("an RGB image has 3 " + what + ", not " + values.size());
    }
    return new float[]{values.get(0).floatValue(), values.get(1).floatValue(), values.get(2).floatValue()};
  }

  /** Side of the images that it takes, pixels. */
  public int imageSize() {
    return imageSize;
  }

  /**
   * Image to embedding: [queries, llmHidden] row-major.
   *
   * @throws IllegalArgumentException
   *           when the image has another size
   */
  public float[] encode(PixelTensor image) {
    fill(image);
    return module.callForFloats("encode", pixelView);
  }

  /** The image as the network sees it: [3, size, size], normalised. */
  public float[] normalise(PixelTensor image) {
    fill(image);
    return module.callForFloats("normalise", pixelView);
  }

  /**
   * All intermediate results; slow, for comparisons.
   *
   * @param normalised
   *          [3, size, size]
   */
  public VisionStages encodeStages(float[] normalised) {
    module.run("record", true);
    try (PtNDArray input = module.tensor(normalised, 3, imageSize, imageSize);
        PtNDArray vision = module.call("see", input);
        PtNDArray queried = module.call("query", vision)) {
      int layers = 2 + config.blocks();
      return new VisionStages(stage(0), stages(1, config.blocks()), vision.toFloatArray(), stage(layers - 1),
          stages(layers, config.qLayers()), module.callForFloats("project", queried));
    } finally {
      module.run("record", false);
    }
  }

  /**
   * The Q-Former alone.
   *
   * @param vision
   *          [1 + patches, width], after ln_vision
   * @return the query tokens after their norm, then after each layer: each [queries, qWidth]
   */
  public List<float[]> queryStages(float[] vision) {
    module.run("record", true);
    try (PtNDArray input = module.tensor(vision, vision.length / config.width(), config.width());
        PtNDArray queried = module.call("query", input)) {
      List<float[]> all = new ArrayList<>(stages(0, config.qLayers()));
      all.add(queried.toFloatArray());
      return all;
    } finally {
      module.run("record", false);
    }
  }

  /** The projection alone: [rows, qWidth] to [rows, llmHidden]. */
  public float[] project(float[] queried) {
    try (PtNDArray input = module.tensor(queried, queried.length / config.qWidth(), config.qWidth())) {
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

  private List<float[]> stages(int first, int count) {
    return IntStream.range(first, first + count).mapToObj(this::stage).toList();
  }

  private float[] stage(int index) {
    return module.callForFloats("recorded", index);
  }

  private void fill(PixelTensor image) {
    if (image.size() != imageSize) {
      throw new IllegalArgumentException(
          "the encoder takes images of " + imageSize + " pixels a side, not " + image.size());
    }
    pixels.clear().put(image.bytes());
  }

  /** Frees the weights. Idempotent. */
  @Override
  public void close() {
    module.close();
  }
}
