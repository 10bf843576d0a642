package org.clarion.engine.vision;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.StepProfile;
import org.clarion.engine.kernel.ElementKind;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.kernel.KernelTeam;
import org.clarion.engine.kernel.KernelWork;
import org.clarion.engine.kernel.LoadedWeights;
import org.clarion.engine.kernel.MeasuredTiling;
import org.clarion.engine.kernel.StepNumbers;
import org.clarion.engine.vision.KernelEvaWeights.Plan;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.checkpoint.ConvertedTower;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;

/**
 * The graph of {@link EvaTower} on kernels of our own, without libtorch. An image's embedding depends neither on the
 * number of threads nor on the images that are computed with it.
 */
final class KernelEvaTower implements ImageTower {
  /** More would gain little: weights are read for four images what they were for one. */
  private static final int TOGETHER = 4;

  private final Precision precision;
  private final int imageSize;
  private final int tokens;
  private final LoadedWeights<KernelEvaWeights> loaded;
  private final Arena arena = Arena.ofShared();
  private final KernelEvaGraph graph;
  private final PatchRows patches;
  private final StepNumbers numbers = new StepNumbers(arena, 1);
  private final KernelTeam team;
  private boolean closed;

  private KernelEvaTower(KernelLibrary library, EvaConfig config, LoadedWeights<KernelEvaWeights> loaded,
      ModelManifest.Vision vision, TowerOptions options) {
    this.precision = precision(options);
    this.imageSize = vision.imageSize();
    this.tokens = config.tokens(imageSize);
    this.loaded = loaded;
    this.patches = new PatchRows(config.patch(), TowerModule.channels("means", vision.mean()),
        TowerModule.channels("deviations", vision.std()));
    ElementKind attention = library.multipliesBfloat16() ? ElementKind.BFLOAT16 : ElementKind.FLOAT32;
    this.graph = new KernelEvaGraph(config, loaded.weights(), imageSize, TOGETHER, attention, loaded.memory(),
        arena, new MeasuredTiling(library, options.threads()));
    this.team = new KernelTeam(library, options.threads(), graph.longest());
  }

  /**
   * As {@link ImageTowers#load}.
   *
   * @throws org.clarion.engine.kernel.KernelException
   *           when the kernels cannot multiply matrices of these sizes
   */
  static KernelEvaTower pack(KernelLibrary library, EvaWeights weights, ModelManifest.Vision vision,
      TowerOptions options) {
    weights.config().checkImageSize(vision.imageSize());
    Plan plan = new Plan(weights.config(), weights.llmHidden(), precision(options), vision.imageSize());
    return of(library, weights.config(), LoadedWeights.pack(library, weights.checkpoint(),
        tensors -> KernelEvaWeights.load(plan, tensors)), vision, options);
  }

  /**
   * The same for weights that are packed, which {@link #check} has taken.
   *
   * @throws org.clarion.models.checkpoint.CheckpointException
   *           {@code checkpoint_mismatch} or {@code tensor_missing} when the file is not what it says
   */
  static KernelEvaTower map(KernelLibrary library, ConvertedTower weights, ModelManifest.Vision vision,
      TowerOptions options) {
    Plan plan = new Plan(weights.config(), weights.llmHidden(), precision(options), vision.imageSize());
    return of(library, weights.config(), LoadedWeights.map(library, weights.map(),
        tensors -> KernelEvaWeights.load(plan, tensors)), vision, options);
  }

  /**
   * Refuses a file that was converted for something else.
   *
   * @throws org.clarion.models.checkpoint.CheckpointException
   *           {@code converted_layout}, {@code converted_precision} or {@code converted_image_size}, with both values
   */
  static void check(ConvertedTower weights, ModelManifest.Vision vision, TowerOptions options) {
    weights.header().requireImageSize(vision.imageSize());
    LoadedWeights.check("the image tower", weights.header().packing(),
        KernelEvaWeights.blocks(weights.config(), precision(options)),
        precision(options).word());
  }

  private static KernelEvaTower of(KernelLibrary library, EvaConfig config, LoadedWeights<KernelEvaWeights> loaded,
      ModelManifest.Vision vision, TowerOptions options) {
    try {
      return new KernelEvaTower(library, config, loaded, vision, options);
    } catch (RuntimeException e) {
      loaded.close();
      throw e;
    }
  }

  private static Precision precision(TowerOptions options) {
    return options.precision() == Precision.INT4 ? Precision.INT8 : options.precision();
  }

  static ElementKind kind(Precision precision) {
    return switch (precision) {
      case INT8 -> ElementKind.INT8;
      case BFLOAT16 -> ElementKind.BFLOAT16;
      case FLOAT32, FLOAT16, INT4 -> throw new IllegalArgumentException("no kernel computes towers in " + precision);
    };
  }

  @Override
  public int imageSize() {
    return imageSize;
  }

  @Override
  public int tokens() {
    return tokens;
  }

  @Override
  public Precision precision() {
    return precision;
  }

  @Override
  public int together() {
    return TOGETHER;
  }

  @Override
  public float[] encode(PixelTensor image) {
    return encode(List.of(image)).getFirst();
  }

  @Override
  public List<float[]> encode(List<PixelTensor> images) {
    if (closed) {
      throw new IllegalStateException("the image tower is closed");
    }
    for (PixelTensor image : images) {
      if (image.size() != imageSize) {
        throw new IllegalArgumentException(
            "the encoder takes images of " + imageSize + " pixels a side, not " + image.size());
      }
    }
    List<float[]> embeddings = new ArrayList<>(images.size());
    for (int from = 0; from < images.size(); from += TOGETHER) {
      List<PixelTensor> some = images.subList(from, Math.min(images.size(), from + TOGETHER));
      for (int i = 0; i < some.size(); i++) {
        patches.fill(some.get(i), graph.pixels(i));
      }
      graph.run(some.size(), team, numbers);
      for (int i = 0; i < some.size(); i++) {
        embeddings.add(graph.embedding(i).toArray(JAVA_FLOAT));
      }
    }
    return embeddings;
  }

  @Override
  public StepProfile profile() {
    return new StepProfile(team.nanos(KernelWork.LINEAR), team.nanos(KernelWork.ATTENTION),
        team.nanos(KernelWork.SAMPLING), team.nanos(KernelWork.ELEMENTWISE), 0);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      team.close();
      loaded.close();
      arena.close();
    }
  }
}
