package org.clarion.engine.decoder;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.clarion.engine.learn.Parameter;
import org.clarion.engine.learn.Parameters;
import org.clarion.engine.script.Device;
import org.clarion.engine.script.ScriptModule;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.FalconWeights;
import org.jspecify.annotations.Nullable;

/**
 * A decoder that gradients pass through: the program that serves, over whole sequences. Its weights stay as they are,
 * or are parameters under the names of the checkpoint.
 *
 * <p>
 * To be loaded, used and closed by one thread.
 */
public final class TrainableDecoder implements AutoCloseable {
  private final ScriptModule module;
  private final DecoderConfig config;
  private final ScriptBlock block;
  private final Parameters parameters;
  private final PtNDArray none;
  private int[] start = new int[0];

  private TrainableDecoder(ScriptModule module, DecoderWeights weights, boolean trained) {
    this.module = module;
    this.config = weights.config();
    this.block = ScriptBlock.of(weights);
    this.parameters = new Parameters(module, weights.checkpoint(), _ -> trained);
    this.none = module.tensor(new float[0], 0);
  }

  /**
   * Loads a decoder.
   *
   * @param weights
   *          in any precision; must stay open while this is used
   * @param precision
   *          what matrices are multiplied in, FLOAT32 or BFLOAT16; parameters are float32 in any case
   * @param positions
   *          longest sequence
   * @param trained
   *          whether its weights are parameters
   * @throws IllegalArgumentException
   *           when such weights cannot be trained
   */
  public static TrainableDecoder load(DecoderWeights weights, Precision precision, int positions, int threads,
      boolean trained) {
    if (trained && weights instanceof FalconWeights) {
      throw new IllegalArgumentException(
          "a Falcon decoder stays as it is: only decoders of the LLaMA family are trained");
    }
    if (precision != Precision.FLOAT32 && precision != Precision.BFLOAT16) {
      throw new IllegalArgumentException("training computes in f32 or bf16, not in " + precision);
    }
    ScriptBlock block = ScriptBlock.of(weights);
    ScriptModule module = ScriptModule.load(TrainableDecoder.class, threads, "decoder.py", "byte_products.py",
        block.program(), "training.py");
    try {
      new ScriptKernels(Device.CPU, ScriptKernels.kind(precision), false, false, false, 0, threads).set(module);
      DecoderConfig config = weights.config();
      module.run("set_shape", config.hidden(), config.heads(), config.kvHeads(), config.headDim(), block.parts(),
          block.eps());
      module.run("make_rotations", config.ropeBase(), positions);
      module.run("make_arena", config.layers(), 0);
      TrainableDecoder decoder = new TrainableDecoder(module, weights, trained);
      decoder.addWeights();
      return decoder;
    } catch (RuntimeException e) {
      module.close();
      throw e;
    }
  }

  private void addWeights() {
    try (PtNDArray _ = module.record("record_embedding", parameters.of(block.embedding(), config.vocabulary(),
        config.hidden()))) {
      parameters.release();
    }
    Sink sink = new Sink();
    for (int layer = 0; layer < config.layers(); layer++) {
      block.addLayer(sink, layer);
    }
    block.addHead(sink);
  }

  /** Makes the program's weights of the parameters again. To be called after these have moved, before what follows. */
  public void refresh() {
    if (!parameters.trained().isEmpty()) {
      module.run("forget");
      addWeights();
    }
  }

  /** The model's shape. */
  public DecoderConfig config() {
    return config;
  }

  /** What training may move; empty where the weights stay as they are. */
  public List<Parameter> parameters() {
    return parameters.trained();
  }

  /**
   * Computes what all sequences of the batches to come start with, unless that is kept already.
   *
   * @param tokens
   *          ids; none when they have nothing in common
   * @throws IllegalStateException
   *           when the weights are trained, so that nothing can be kept
   */
  public void keepStart(int[] tokens) {
    if (Arrays.equals(tokens, start)) {
      return;
    }
    if (!parameters.trained().isEmpty()) {
      throw new IllegalStateException("weights that move leave no start to keep");
    }
    try (PtNDArray ids = module.tensor(Arrays.stream(tokens).asLongStream().toArray(), tokens.length)) {
      module.run("keep_start", ids);
    }
    start = tokens.clone();
  }

  /**
   * Logits of some places of a batch.
   *
   * @param tokens
   *          [sequences][length], of equal length, after what is kept; any id where a picture's vector takes the place
   * @param spanRows
   *          places of these vectors, counted through all sequences
   * @param spans
   *          [spanRows, hidden], or null where there are none
   * @param rows
   *          places whose logits are wanted
   * @return [rows, vocabulary], recorded; the caller closes it
   */
  public PtNDArray logits(int[][] tokens, long[] spanRows, @Nullable PtNDArray spans, long[] rows) {
    int length = tokens[0].length;
    long[] ids = Arrays.stream(tokens).flatMapToInt(Arrays::stream).asLongStream().toArray();
    try (PtNDArray batch = module.tensor(ids, tokens.length, length);
        PtNDArray places = module.tensor(spanRows, spanRows.length);
        PtNDArray wanted = module.tensor(rows, rows.length)) {
      return module.record("record_logits", batch, places, spans == null ? none : spans, wanted);
    }
  }

  /**
   * Mean cross-entropy.
   *
   * @param logits
   *          [rows, vocabulary]
   * @param targets
   *          the token that follows each row
   * @return one number, recorded; the caller closes it
   */
  public PtNDArray loss(PtNDArray logits, long[] targets) {
    try (PtNDArray next = module.tensor(targets, targets.length)) {
      return module.record("record_loss", logits, next);
    }
  }

  /** Nanoseconds in calls so far. */
  public long nanos() {
    return module.nanos();
  }

  @Override
  public void close() {
    parameters.close();
    none.close();
    module.close();
  }

  /** Records how the program's weights are made of the parameters. */
  private final class Sink implements BlockWeights {
    private PtNDArray gain(@Nullable String name) {
      return name == null ? none : parameters.of(name, config.hidden());
    }

    private void record(String method, @Nullable String gain, PtNDArray... rows) {
      try (PtNDArray _ = module.record(method, gain(gain), List.of(rows))) {
        parameters.release();
      }
    }

    @Override
    public void addNorm(String name) {
      try (PtNDArray _ = module.record("record_norm", parameters.of(name + ".weight", config.hidden()),
          parameters.of(name + ".bias", config.hidden()))) {
        parameters.release();
      }
    }

    @Override
    public void addQkv(String query, String key, String value, @Nullable String gain) {
      long keys = (long) config.kvHeads() * config.headDim();
      record("record_qkv", gain, parameters.of(query, (long) config.heads() * config.headDim(), config.hidden()),
          parameters.of(key, keys, config.hidden()), parameters.of(value, keys, config.hidden()));
    }

    @Override
    public void addOutput(String name) {
      record("record_rows", null, parameters.of(name, config.hidden(), (long) config.heads() * config.headDim()));
    }

    @Override
    public void addInner(@Nullable String gain, String... names) {
      record("record_rows", gain, Stream.of(names)
          .map(name -> parameters.of(name, config.intermediate(), config.hidden())).toArray(PtNDArray[]::new));
    }

    @Override
    public void addOuter(String name) {
      record("record_rows", null, parameters.of(name, config.hidden(), config.intermediate()));
    }

    @Override
    public void addHead(String name, @Nullable String gain) {
      record("record_rows", gain, parameters.of(name, config.vocabulary(), config.hidden()));
    }
  }
}
