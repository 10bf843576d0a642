package org.clarion.engine.vision;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.script.Kernels;
import org.clarion.engine.script.ScriptModule;
import org.clarion.engine.script.Staging;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;

/** The program of a tower: what all of them need to load weights and to be called. */
final class TowerModule implements AutoCloseable {
  private static final int FLOAT16 = 5;
  private static final int FLOAT32 = 6;
  private static final int BFLOAT16 = 15;

  private final ScriptModule module;
  private final Checkpoint checkpoint;
  private final Precision precision;
  private final int imageSize;
  private final int tokens;
  private final ByteBuffer pixels;
  private final PtNDArray pixelView;

  private TowerModule(ScriptModule module, Checkpoint checkpoint, Precision precision, int imageSize, int tokens) {
    this.module = module;
    this.checkpoint = checkpoint;
    this.precision = precision;
    this.imageSize = imageSize;
    this.tokens = tokens;
    this.pixels = ByteBuffer.allocateDirect(3 * imageSize * imageSize).order(ByteOrder.nativeOrder());
    this.pixelView = module.view(pixels, DataType.UINT8, 3, imageSize, imageSize);
  }

  /** A program without its weights. */
  static TowerModule load(String program, VisionWeights weights, ModelManifest.Vision vision, TowerOptions options) {
    weights.config().checkImageSize(vision.imageSize());
    Precision precision = options.precision() == Precision.FLOAT16 && !options.device().cuda()
        ? Precision.FLOAT32
        : options.precision();
    boolean packed = !options.device().cuda() && Kernels.packedLinear(kind(precision) == BFLOAT16);
    options.device().require();
    return load(weights, vision, new TowerOptions(precision, options.threads(), options.device()), packed, "tower.py",
        program);
  }

  /** The same with plain kernels, which gradients pass through. */
  static TowerModule forTraining(String program, VisionWeights weights, ModelManifest.Vision vision,
      Precision precision, int threads) {
    weights.config().checkImageSize(vision.imageSize());
    return load(weights, vision, new TowerOptions(precision, threads), false, "tower.py", program, "training.py");
  }

  private static TowerModule load(VisionWeights weights, ModelManifest.Vision vision, TowerOptions options,
      boolean packed, String... programs) {
    ScriptModule module = ScriptModule.load(TowerModule.class, options.threads(), programs);
    try {
      module.run("set_kernels", options.device().name(), kind(options.precision()), packed);
      try (PtNDArray mean = module.tensor(channels("means", vision.mean()), 3);
          PtNDArray std = module.tensor(channels("deviations", vision.std()), 3)) {
        module.run("set_normalisation", mean, std);
      }
      return new TowerModule(module, weights.checkpoint(), options.precision(), vision.imageSize(),
          weights.config().tokens(vision.imageSize()));
    } catch (RuntimeException e) {
      module.close();
      throw e;
    }
  }

  private static int kind(Precision precision) {
    return switch (precision) {
      case FLOAT32 -> FLOAT32;
      case BFLOAT16 -> BFLOAT16;
      case FLOAT16 -> FLOAT16;
      case INT8, INT4 -> throw new IllegalArgumentException(
          "libtorch computes image towers in float32, float16 and bfloat16, not in " + precision);
    };
  }

  /** Three numbers, one for each channel. */
  static float[] channels(String what, List<Double> values) {
    if (values.size() != 3) {
      throw new IllegalArgumentException("an RGB image has 3 " + what + ", not " + values.size());
    }
    return new float[]{values.get(0).floatValue(), values.get(1).floatValue(), values.get(2).floatValue()};
  }

  Precision precision() {
    return precision;
  }

  int imageSize() {
    return imageSize;
  }

  int tokens() {
    return tokens;
  }

  float[] encode(PixelTensor image) {
    fill(image);
    return module.callForFloats("encode", pixelView);
  }

  float[] normalise(PixelTensor image) {
    fill(image);
    return module.callForFloats("normalise", pixelView);
  }

  /** Images as a tensor of their own, [images, 3, size, size], which the caller closes. */
  PtNDArray pixels(List<PixelTensor> images) {
    ByteBuffer own = ByteBuffer.allocateDirect(images.size() * pixels.capacity()).order(ByteOrder.nativeOrder());
    for (PixelTensor image : images) {
      check(image);
      own.put(image.bytes());
    }
    return module.view(own.flip(), DataType.UINT8, images.size(), 3, imageSize, imageSize);
  }

  private void fill(PixelTensor image) {
    check(image);
    pixels.clear().put(image.bytes());
  }

  private void check(PixelTensor image) {
    if (image.size() != imageSize) {
      throw new IllegalArgumentException(
          "the encoder takes images of " + imageSize + " pixels a side, not " + image.size());
    }
  }

  ScriptModule script() {
    return module;
  }

  // ---- Weights, in the order in which an image passes them: the program counts on it.

  Staging read(String name, long... shape) {
    Staging staging = new Staging(module, shape);
    try {
      return staging.read(checkpoint, name);
    } catch (RuntimeException e) {
      staging.close();
      throw e;
    }
  }

  void addLinear(String name, long out, long in) {
    try (Staging w = read(name + ".weight", out, in); Staging bias = read(name + ".bias", out)) {
      module.run("add_linear", w.tensor(), bias.tensor());
    }
  }

  /** A linear layer without bias. */
  void addMatrix(String name, long out, long in) {
    try (Staging w = read(name + ".weight", out, in)) {
      module.run("add_matrix", w.tensor());
    }
  }

  /** Several linear layers of the same input, as one. */
  void addFused(List<String> names, long out, long in) {
    try (Staging w = new Staging(module, names.size() * out, in);
        Staging bias = new Staging(module, names.size() * out)) {
      for (String name : names) {
        w.read(checkpoint, name + ".weight");
        bias.read(checkpoint, name + ".bias");
      }
      module.run("add_linear", w.tensor(), bias.tensor());
    }
  }

  void addNorm(String name, long width) {
    try (Staging gain = read(name + ".weight", width); Staging bias = read(name + ".bias", width)) {
      module.run("add_norm", gain.tensor(), bias.tensor());
    }
  }

  // ---- Stages, for comparisons.

  List<float[]> stages(int first, int count) {
    return IntStream.range(first, first + count).mapToObj(this::stage).toList();
  }

  float[] stage(int index) {
    return module.callForFloats("recorded", index);
  }

  @Override
  public void close() {
    module.close();
  }
}
