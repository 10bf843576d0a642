package org.clarion.models.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.clarion.models.architecture.VisionConfig;

/**
 * Weights of EVA-ViT, ln_vision, Q-Former and projection under LAVIS names ({@code visual_encoder.*},
 * {@code ln_vision.*}, {@code query_tokens}, {@code Qformer.bert.*}, {@code llama_proj.*}). Having one means that every
 * tensor is there in its shape.
 *
 * <p>
 * Thread-safe until closed; closing closes the files.
 *
 * @param config
 *          sizes; the caller knows them, the files confirm all but the numbers of heads
 * @param imageSize
 *          side of the square that the position embedding was trained for, pixels
 * @param llmHidden
 *          rows of the projection: width of the language model that these weights belong to
 */
public record VisionWeights(VisionConfig config, int imageSize, int llmHidden,
    Checkpoint checkpoint) implements AutoCloseable {

  /**
   * Checks names and shapes.
   *
   * @throws CheckpointException
   *           {@code projection_missing} or {@code checkpoint_mismatch}, which list every missing or mis-shaped tensor
   */
  public VisionWeights {
    long side = imageSize / config.patch();
    refuse(VisionNames.expected(config, 1 + side * side, llmHidden).faults(checkpoint), checkpoint);
  }

  /**
   * Opens files or folders and lays them over each other in order, each in any of the published layouts: a flat EVA
   * file, LAVIS names at top level or under {@code model}, Hugging Face BLIP-2 names, {@code llm_proj} for the
   * projection. Further tensors (surplus blocks, heads, text towers, optimiser state) are ignored.
   *
   * @throws CheckpointException
   *           {@code projection_missing} or {@code checkpoint_mismatch}, which list every missing or mis-shaped tensor,
   *           besides the readers' codes
   */
  public static VisionWeights open(List<Path> paths, VisionConfig config) {
    List<Checkpoint> opened = Checkpoints.openAll(paths);
    try {
      return of(Checkpoints.overlay(opened.stream().map(VisionNames::lavis).toList()), config);
    } catch (RuntimeException e) {
      opened.forEach(Checkpoint::close);
      throw e;
    }
  }

  /**
   * Weights made up from a seed: matrices with deviation 0.02, norms 1, biases 0; the projection is scaled so that
   * image rows are about as long as the random token embeddings of {@link LlamaWeights#random}. The image size is 224.
   */
  public static VisionWeights random(VisionConfig config, int llmHidden, long seed) {
    return random(config, 224, llmHidden, seed);
  }

  /** The same for another image size, a multiple of the patch. */
  public static VisionWeights random(VisionConfig config, int imageSize, int llmHidden, long seed) {
    if (imageSize < config.patch() || imageSize % config.patch() != 0) {
      throw new IllegalArgumentException("image size " + imageSize + " is not a multiple of patch " + config.patch());
    }
    long side = imageSize / config.patch();
    List<RandomCheckpoint.Tensor> tensors = new ArrayList<>();
    VisionNames.expected(config, 1 + side * side, llmHidden).shapes().forEach(
        (name, shape) -> tensors.add(new RandomCheckpoint.Tensor(name, shape, fill(name, config))));
    return of(new RandomCheckpoint(seed, tensors), config);
  }

  private static RandomCheckpoint.Fill fill(String name, VisionConfig config) {
    boolean norm = name.contains("norm") || name.contains("LayerNorm") || name.startsWith("ln_vision");
    if (norm && name.endsWith("weight")) {
      return new RandomCheckpoint.Constant(1);
    }
    if (name.endsWith("bias")) {
      return new RandomCheckpoint.Constant(0);
    }
    // The Q-Former ends in a layer norm, so its rows have length sqrt(qWidth): this brings them to 0.02 per element.
    double deviation = name.equals("llama_proj.weight") ? 0.02 / Math.sqrt(config.qWidth()) : 0.02;
    return new RandomCheckpoint.Normal((float) deviation);
  }

  /**
   * Reads off the sizes of the tower that files hold, for a manifest to be written or checked. Blocks are counted as
   * they are in the files; EVA files have one more than the graph uses.
   *
   * @param heads
   *          ViT heads, which leave no trace in shapes
   * @param qHeads
   *          Q-Former heads
   * @throws CheckpointException
   *           when a tensor that tells a size is missing or has another number of axes, besides the readers' codes
   */
  public static VisionConfig sizes(List<Path> paths, int heads, int qHeads) {
    List<Checkpoint> opened = Checkpoints.openAll(paths);
    try {
      return VisionNames.sizes(Checkpoints.overlay(opened.stream().map(VisionNames::lavis).toList()), heads, qHeads);
    } finally {
      opened.forEach(Checkpoint::close);
    }
  }

  /** Learns from the files what they decide: the image size and the language model's width. */
  private static VisionWeights of(Checkpoint lavis, VisionConfig config) {
    ExpectedTensors expected = VisionNames.expected(config, ExpectedTensors.ANY, ExpectedTensors.ANY);
    refuse(expected.faults(lavis), lavis);
    List<Long> positions = lavis.require("visual_encoder.pos_embed").shape();
    long side = (long) Math.sqrt(positions.get(1) - 1.0);
    if (side < 1 || side > 4096 || side * side + 1 != positions.get(1)) {
      throw new CheckpointException("checkpoint_mismatch",
          "visual_encoder.pos_embed has shape " + positions + ", not one row and a square of patches");
    }
    long hidden = lavis.require("llama_proj.weight").shape().getFirst();
    return new VisionWeights(config, Math.toIntExact(side * config.patch()), Math.toIntExact(hidden),
        shown(lavis, expected));
  }

  private static void refuse(List<String> faults, Checkpoint checkpoint) {
    if (!faults.isEmpty()) {
      boolean projection = checkpoint.tensors().containsKey("llama_proj.weight")
          && checkpoint.tensors().containsKey("llama_proj.bias");
      throw new CheckpointException(projection ? "checkpoint_mismatch" : "projection_missing",
          faults.size() + " tensors do not fit the image tower: " + String.join("; ", faults));
    }
  }

  /** Only what the graph needs, in its order. */
  private static Checkpoint shown(Checkpoint lavis, ExpectedTensors expected) {
    List<ViewCheckpoint.Source> sources = new ArrayList<>();
    for (String name : expected.shapes().keySet()) {
      sources.add(ViewCheckpoint.Source.Whole.of(lavis, name, name));
    }
    return new ViewCheckpoint(sources, List.of(lavis));
  }

  /** Closes the files. */
  @Override
  public void close() {
    checkpoint.close();
  }
}
