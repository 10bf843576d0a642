package org.clarion.engine.align;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.TrainableDecoder;
import org.clarion.engine.learn.AdamW;
import org.clarion.engine.learn.Parameter;
import org.clarion.engine.vision.LabelHead;
import org.clarion.engine.vision.TowerPart;
import org.clarion.engine.vision.TrainableTower;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;

/**
 * Tower, decoder and optimiser as one: batches go in, losses come out, parameters move. What is computed are the
 * programs that serve.
 *
 * <p>
 * To be loaded, used and closed by one thread.
 */
public final class TrainableModel implements AutoCloseable {
  private final TrainableTower tower;
  private final TrainableDecoder decoder;
  private final Optional<LabelHead> head;
  private final AdamW optimiser;
  private final Optional<TowerPart> firstTrained;

  /**
   * What is trained, and how.
   *
   * @param precision
   *          what matrices are multiplied in, FLOAT32 or BFLOAT16; parameters are float32 in any case
   * @param tower
   *          parts of the tower that move
   * @param decoder
   *          whether the decoder moves
   * @param positions
   *          longest sequence
   * @param labels
   *          width of a head over labels that learns beside the rest and is no part of the model; 0 for none
   */
  public record Options(Precision precision, int threads, Set<TowerPart> tower, boolean decoder, int positions,
      int labels, AdamW.Settings method) {
    public Options {
      tower = Set.copyOf(tower);
      if (tower.isEmpty() && !decoder) {
        throw new IllegalArgumentException("a stage that trains no part teaches nothing");
      }
      if (labels > 0 && (decoder || tower.contains(TowerPart.PROJECTION))) {
        throw new IllegalArgumentException(
            "labels are read off before the projection: neither it nor the decoder can learn from them");
      }
    }
  }

  private TrainableModel(TrainableTower tower, TrainableDecoder decoder, Options options) {
    this.tower = tower;
    this.decoder = decoder;
    this.firstTrained = options.tower().stream().min(TowerPart::compareTo);
    this.head = options.labels() > 0 ? Optional.of(tower.labelHead(options.labels())) : Optional.empty();
    List<Parameter> parameters = new ArrayList<>(tower.parameters());
    parameters.addAll(decoder.parameters());
    head.ifPresent(labels -> parameters.addAll(labels.parameters()));
    this.optimiser = new AdamW(parameters, options.method(), options.threads());
  }

  /**
   * Loads a model.
   *
   * @param sight
   *          must stay open while this is used, as must {@code language}
   * @throws IllegalArgumentException
   *           when such a model cannot be trained so
   */
  public static TrainableModel load(EvaWeights sight, ModelManifest.Vision vision, DecoderWeights language,
      Options options) {
    TrainableTower tower = TrainableTower.load(sight, vision, options.precision(), options.threads(), options.tower());
    TrainableDecoder decoder = null;
    try {
      decoder = TrainableDecoder.load(language, options.precision(), options.positions(), options.threads(),
          options.decoder());
      return new TrainableModel(tower, decoder, options);
    } catch (RuntimeException e) {
      if (decoder != null) {
        decoder.close();
      }
      tower.close();
      throw e;
    }
  }

  /** Vectors that a picture becomes. */
  public int pictureTokens() {
    return tower.tokens();
  }

  /** Whether {@link #features} of a picture stay the same throughout, so that they can be kept. */
  public boolean keepsFeatures() {
    return firstTrained.map(part -> part != TowerPart.ENCODER).orElse(true);
  }

  /** What the parts before the first trained one make of a picture, row-major. */
  public float[] features(Sight.Pixels picture) {
    try (Scope scope = new Scope()) {
      PtNDArray at = scope.own(tower.see(picture.image()));
      if (firstTrained.orElse(null) != TowerPart.QFORMER) {
        at = scope.own(tower.bridge(at));
      }
      if (firstTrained.isEmpty()) {
        at = scope.own(tower.project(at));
      }
      return at.toFloatArray();
    }
  }

  /**
   * Computes the mean cross-entropy of answers and adds its gradients to those collected since the last step.
   *
   * @param pictures
   *          one for each sequence
   * @param share
   *          of this batch in the step, 1 where there is one
   * @return the loss; no number when the model has lost its way
   */
  public double collect(List<Sight> pictures, Sequences batch, double share) {
    refresh();
    try (Scope scope = new Scope()) {
      return optimiser.collect(answerLoss(pictures, batch, scope), share);
    }
  }

  /**
   * The same for labels.
   *
   * @param targets
   *          [pictures, labels], 1 where a label holds and 0 where not
   */
  public double collectLabels(List<Sight> pictures, float[] targets, double share) {
    refresh();
    try (Scope scope = new Scope()) {
      return optimiser.collect(scope.own(labels().loss(bridged(pictures, scope), targets)), share);
    }
  }

  private LabelHead labels() {
    return head.orElseThrow(() -> new IllegalStateException("the model was loaded without a head over labels"));
  }

  /** Weights are made of the parameters again: walking a loss back uses up what was recorded of that. */
  private void refresh() {
    tower.refresh();
    decoder.refresh();
  }

  private PtNDArray answerLoss(List<Sight> pictures, Sequences batch, Scope scope) {
    PtNDArray spans = firstTrained.isEmpty()
        ? features(pictures, decoder.config().hidden(), scope)
        : scope.own(tower.project(bridged(pictures, scope)));
    decoder.keepStart(batch.start());
    PtNDArray logits = scope.own(decoder.logits(batch.tokens(), batch.spanRows(), spans, batch.answerRows()));
    return scope.own(decoder.loss(logits, batch.targets()));
  }

  /** All pictures' rows before the projection, one picture below the other. */
  private PtNDArray bridged(List<Sight> pictures, Scope scope) {
    if (firstTrained.orElse(null) == TowerPart.PROJECTION) {
      return features(pictures, tower.weights().config().featureWidth(), scope);
    }
    PtNDArray seen = keepsFeatures()
        ? features(pictures, tower.weights().config().width(), scope)
        : scope.own(tower.see(pictures.stream().map(TrainableModel::pixels).toList()));
    return scope.own(tower.bridge(seen, pictures.size()));
  }

  private static PixelTensor pixels(Sight picture) {
    return switch (picture) {
      case Sight.Pixels pixels -> pixels.image();
      case Sight.Features _ -> throw new IllegalArgumentException(
          "the encoder is trained: it wants pixels, not what it made of them before");
    };
  }

  private PtNDArray features(List<Sight> pictures, int width, Scope scope) {
    List<float[]> all = pictures.stream().map(picture -> switch (picture) {
      case Sight.Pixels pixels -> features(pixels);
      case Sight.Features features -> features.values();
    }).toList();
    float[] together = new float[all.stream().mapToInt(one -> one.length).sum()];
    int at = 0;
    for (float[] one : all) {
      System.arraycopy(one, 0, together, at, one.length);
      at += one.length;
    }
    return scope.own(tower.tensor(together, together.length / width, width));
  }

  /** Moves the parameters by what was collected. */
  public AdamW.Step step(double rate) {
    return optimiser.step(rate);
  }

  /** The optimiser, for its gradients and its state. */
  public AdamW optimiser() {
    return optimiser;
  }

  /** Everything that a checkpoint needs. */
  public List<ParameterState> state() {
    List<ParameterState> states = new ArrayList<>();
    List<Parameter> parameters = optimiser.parameters();
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      AdamW.Moments moments = optimiser.moments(i);
      states.add(new ParameterState(parameter.name(), parameter.shape(), parameter.values(), moments.first(), moments
          .second()));
    }
    return states;
  }

  /**
   * Takes up a state.
   *
   * @param steps
   *          that the optimiser had made
   * @throws IllegalArgumentException
   *           when it is of other parameters
   */
  public void restore(long steps, List<ParameterState> states) {
    List<String> names = optimiser.parameters().stream().map(Parameter::name).toList();
    List<String> found = states.stream().map(ParameterState::name).toList();
    if (!names.equals(found)) {
      throw new IllegalArgumentException(
          "the checkpoint is of " + found.size() + " parameters, not of the " + names.size()
              + " that are trained here");
    }
    optimiser.restore(steps, states.stream().map(ParameterState::values).toList(), states.stream()
        .map(state -> new AdamW.Moments(state.first(), state.second())).toList());
  }

  /** Elements of all parameters together. */
  public long parameterCount() {
    return optimiser.parameters().stream().mapToLong(parameter -> parameter.value().size()).sum();
  }

  @Override
  public void close() {
    optimiser.close();
    head.ifPresent(LabelHead::close);
    decoder.close();
    tower.close();
  }

  /** Frees tensors in one go; what was recorded of them goes with them. */
  private static final class Scope implements AutoCloseable {
    private final List<PtNDArray> tensors = new ArrayList<>();

    PtNDArray own(PtNDArray tensor) {
      tensors.add(tensor);
      return tensor;
    }

    @Override
    public void close() {
      tensors.forEach(PtNDArray::close);
    }
  }
}
