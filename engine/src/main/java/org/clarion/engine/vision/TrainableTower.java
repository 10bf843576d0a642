package org.clarion.engine.vision;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.learn.Parameter;
import org.clarion.engine.learn.Parameters;
import org.clarion.engine.script.ScriptModule;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;

/**
 * An EVA tower that gradients pass through: the program that serves. Parts that stay as they are come before those that
 * are trained, so what they make of an image can be kept. What is trained are parameters under LAVIS names.
 *
 * <p>
 * To be loaded, used and closed by one thread.
 */
public final class TrainableTower implements AutoCloseable {
  private final TowerModule tower;
  private final ScriptModule module;
  private final EvaWeights weights;
  private final EvaLoader loader;
  private final Recorder recorder;
  private final Parameters parameters;
  private final Set<TowerPart> trained;

  private TrainableTower(TowerModule tower, EvaWeights weights, Set<TowerPart> trained) {
    this.tower = tower;
    this.module = tower.script();
    this.weights = weights;
    this.trained = Set.copyOf(trained);
    this.parameters = new Parameters(module, weights.checkpoint(), name -> trained.contains(TowerPart.of(name)));
    this.recorder = new Recorder();
    this.loader = new EvaLoader(module, recorder, weights);
  }

  /**
   * Loads a tower.
   *
   * @param weights
   *          must stay open while this is used
   * @param precision
   *          what matrices are multiplied in, FLOAT32 or BFLOAT16; parameters are float32 in any case
   */
  public static TrainableTower load(EvaWeights weights, ModelManifest.Vision vision, Precision precision, int threads,
      Set<TowerPart> trained) {
    TowerModule module = TowerModule.forTraining("eva.py", weights, vision, precision, threads);
    TrainableTower tower = new TrainableTower(module, weights, trained);
    try {
      tower.loader.setShape(vision.imageSize());
      tower.addFrom(TowerPart.ENCODER);
      return tower;
    } catch (RuntimeException e) {
      tower.close();
      throw e;
    }
  }

  /** Adds the weights of a part and of what follows it. */
  private void addFrom(TowerPart part) {
    switch (part) {
      case ENCODER -> {
        begin(TowerPart.ENCODER);
        loader.addVision();
        addFrom(TowerPart.QFORMER);
      }
      case QFORMER -> {
        begin(TowerPart.QFORMER);
        loader.addBridge();
        addFrom(TowerPart.PROJECTION);
      }
      case PROJECTION -> {
        begin(TowerPart.PROJECTION);
        loader.addProjection();
      }
    }
  }

  private void begin(TowerPart part) {
    if (trained.contains(part)) {
      parameters.keepAll();
    }
    recorder.mark(part);
  }

  /** Makes the program's weights of the parameters again. To be called after these have moved, before what follows. */
  public void refresh() {
    for (TowerPart part : TowerPart.values()) {
      if (trained.contains(part)) {
        recorder.backTo(part);
        addFrom(part);
        return;
      }
    }
  }

  /** What training may move, in order. */
  public List<Parameter> parameters() {
    return parameters.trained();
  }

  /** Vectors that an image becomes. */
  public int tokens() {
    return tower.tokens();
  }

  /** The tower that it was made of. */
  public EvaWeights weights() {
    return weights;
  }

  // ---- An image's way. Results are recorded; the caller closes them.

  /** The image after ln_vision: [1 + patches, width]. */
  public PtNDArray see(PixelTensor image) {
    return see(List.of(image));
  }

  /** Several images at once, which is faster: their rows one below the other. */
  public PtNDArray see(List<PixelTensor> images) {
    try (PtNDArray pixels = tower.pixels(images)) {
      return module.record("record_see", pixels);
    }
  }

  /** From there to what is projected: [tokens, feature width]. */
  public PtNDArray bridge(PtNDArray seen) {
    return bridge(seen, 1);
  }

  /**
   * The same for several images at once.
   *
   * @param seen
   *          [images * (1 + patches), width]
   * @return [images * tokens, feature width]
   */
  public PtNDArray bridge(PtNDArray seen, int images) {
    module.run("set_images", images);
    return module.record("record_bridge", seen);
  }

  /** From there to the decoder: [rows, hidden]. The rows may be those of several images. */
  public PtNDArray project(PtNDArray bridged) {
    return module.record("record_project", bridged);
  }

  /** A head over labels of what comes before the projection; the caller closes it. */
  public LabelHead labelHead(int labels) {
    return new LabelHead(module, labels, tokens() * weights.config().featureWidth());
  }

  /** A tensor of values, to pass to one of the above; the caller closes it. */
  public PtNDArray tensor(float[] values, long... shape) {
    return module.tensor(values, shape);
  }

  @Override
  public void close() {
    parameters.close();
    tower.close();
  }

  /** Records how the program's weights are made of the tensors, and counts them. */
  private final class Recorder implements EvaSink {
    private record Mark(int linears, int norms) {}

    private final Map<TowerPart, Mark> marks = new EnumMap<>(TowerPart.class);
    private int linears;
    private int norms;

    void mark(TowerPart part) {
      marks.put(part, new Mark(linears, norms));
    }

    void backTo(TowerPart part) {
      Mark mark = Objects.requireNonNull(marks.get(part));
      linears = mark.linears();
      norms = mark.norms();
      module.run("forget", linears, norms, part == TowerPart.PROJECTION ? Integer.MAX_VALUE : 0);
    }

    private void record(String method, PtNDArray... tensors) {
      try (PtNDArray _ = module.record(method, (Object[]) tensors)) {
        parameters.release();
      }
    }

    @Override
    public void addLinear(String name, long out, long in) {
      record("record_linear", parameters.of(name + ".weight", out, in), parameters.of(name + ".bias", out));
      linears++;
    }

    @Override
    public void addNorm(String name, long width) {
      record("record_norm", parameters.of(name + ".weight", width), parameters.of(name + ".bias", width));
      norms++;
    }

    @Override
    public void addQkv(String prefix, long width) {
      record("record_qkv", parameters.of(prefix + "qkv.weight", 3 * width, width), parameters.of(prefix + "q_bias",
          width), parameters.of(prefix + "v_bias", width));
      linears++;
    }

    @Override
    public void setTokens(String firstToken, String positions, long rows, long width) {
      record("record_tokens", parameters.of(firstToken, width), parameters.of(positions, rows, width));
    }

    @Override
    public void setQueries(String name, long queries, long width) {
      record("record_queries", parameters.of(name, queries, width));
    }
  }
}
