package org.clarion.engine.vision;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.StepProfile;
import org.clarion.engine.kernel.ElementKind;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.kernel.KernelMemory;
import org.clarion.engine.kernel.KernelTeam;
import org.clarion.engine.kernel.KernelWork;
import org.clarion.engine.kernel.MatrixPacker;
import org.clarion.engine.kernel.MeasuredTiling;
import org.clarion.engine.kernel.StepNumbers;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;

/**
 * The graph of {@link EvaTower} on kernels of our own, without libtorch. An image's embedding does not depend on the
 * number of threads.
 */
final class KernelEvaTower implements ImageTower {
  private final Precision precision;
  private final int imageSize;
  private final int tokens;
  private final KernelMemory memory;
  private final Arena arena = Arena.ofShared();
  private final KernelEvaGraph graph;
  private final PatchRows patches;
  private final StepNumbers numbers = new StepNumbers(arena, 1);
  private final KernelTeam team;
  private boolean closed;

  private KernelEvaTower(KernelLibrary library, EvaWeights weights, ModelManifest.Vision vision, TowerOptions options,
      KernelMemory memory) {
    this.precision = options.precision() == Precision.INT4 ? Precision.INT8 : options.precision();
    this.imageSize = vision.imageSize();
    this.tokens = weights.config().tokens(imageSize);
    this.memory = memory;
    this.patches = new PatchRows(weights.config().patch(), TowerModule.channels("means", vision.mean()),
        TowerModule.channels("deviations", vision.std()));
    MatrixPacker packer = new MatrixPacker(library, memory, weights.checkpoint());
    KernelEvaWeights packed = KernelEvaWeights.load(weights, kind(precision), imageSize, packer);
    ElementKind attention = library.multipliesBfloat16() ? ElementKind.BFLOAT16 : ElementKind.FLOAT32;
    this.graph = new KernelEvaGraph(weights.config(), packed, imageSize, attention, memory, arena,
        new MeasuredTiling(library, options.threads()));
    this.team = new KernelTeam(library, options.threads(), graph.longest());
  }

  /**
   * As {@link ImageTowers#load}.
   *
   * @throws org.clarion.engine.kernel.KernelException
   *           when the kernels cannot multiply matrices of these sizes
   */
  static KernelEvaTower load(KernelLibrary library, EvaWeights weights, ModelManifest.Vision vision,
      TowerOptions options) {
    weights.config().checkImageSize(vision.imageSize());
    KernelMemory memory = new KernelMemory(library);
    try {
      return new KernelEvaTower(library, weights, vision, options, memory);
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  private static ElementKind kind(Precision precision) {
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
  public float[] encode(PixelTensor image) {
    if (closed) {
      throw new IllegalStateException("the image tower is closed");
    }
    if (image.size() != imageSize) {
      throw new IllegalArgumentException(
          "the encoder takes images of " + imageSize + " pixels a side, not " + image.size());
    }
    patches.fill(image, graph.pixels());
    graph.begin();
    for (KernelEvaGraph.Phase phase : graph.phases()) {
      team.run(phase.part(), numbers.rows(phase.rows()));
    }
    return graph.embedding().toArray(JAVA_FLOAT);
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
      memory.close();
      arena.close();
    }
  }
}
