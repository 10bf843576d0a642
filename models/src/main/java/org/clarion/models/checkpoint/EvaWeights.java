package org.clarion.models.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.clarion.models.architecture.EvaConfig;

/**
 * Weights of EVA-ViT, ln_vision, Q-Former (where there is one) and projection under LAVIS names
 * ({@code visual_encoder.*}, {@code ln_vision.*}, {@code query_tokens}, {@code Qformer.bert.*}, {@code llama_proj.*}).
 * Files may be flat EVA files, have LAVIS names at top level or under {@code model}, or Hugging Face BLIP-2 names.
 *
 * @param imageSize
 *          side of the square that the position embedding was trained for, pixels
 */
public record EvaWeights(EvaConfig config, int imageSize, int llmHidden,
    Checkpoint checkpoint) implements VisionWeights {

  /**
   * Checks names and shapes.
   *
   * @throws CheckpointException
   *           {@code projection_missing} or {@code checkpoint_mismatch}, which list every missing or mis-shaped tensor
   */
  public EvaWeights {
    TowerFiles.require(EvaNames.expected(config, config.positions(imageSize), llmHidden), checkpoint);
  }

  /** Learns from the files what they decide: the image size and the language model's width. */
  static EvaWeights of(List<Checkpoint> opened, EvaConfig config) {
    Checkpoint lavis = overlay(opened, config);
    ExpectedTensors expected = EvaNames.expected(config, ExpectedTensors.ANY, ExpectedTensors.ANY);
    TowerFiles.require(expected, lavis);
    int imageSize = imageSize(lavis, config).orElseThrow(() -> new CheckpointException("checkpoint_mismatch",
        "visual_encoder.pos_embed has shape " + lavis.require("visual_encoder.pos_embed").shape()
            + ", not one row and a square of patches"));
    return new EvaWeights(config, imageSize, TowerFiles.llmHidden(lavis), TowerFiles.shown(lavis, expected));
  }

  /** The files under LAVIS names, the later over the earlier ones. */
  static Checkpoint overlay(List<Checkpoint> opened, EvaConfig config) {
    List<Checkpoint> layers = new ArrayList<>();
    if (config.bridge() instanceof EvaConfig.Concat) {
      layers.add(plainNorm(config));
    }
    opened.forEach(file -> layers.add(EvaNames.lavis(file)));
    return Checkpoints.overlay(layers);
  }

  /** Side in pixels of the square that the position embedding was trained for; empty when it is of no square. */
  static OptionalInt imageSize(Checkpoint lavis, EvaConfig config) {
    TensorInfo positions = lavis.tensors().get("visual_encoder.pos_embed");
    if (positions == null || positions.shape().size() != 3) {
      return OptionalInt.empty();
    }
    long rows = positions.shape().get(1);
    long side = (long) Math.sqrt(rows - 1.0);
    return side < 1 || side > 4096 || side * side + 1 != rows
        ? OptionalInt.empty()
        : OptionalInt.of(Math.toIntExact(side * config.patch()));
  }

  /**
   * What ln_vision is where no file has one: MiniGPT-4 reads it with the Q-Former, and its models without Q-Former
   * leave the norm as it was made.
   */
  private static Checkpoint plainNorm(EvaConfig config) {
    List<Long> shape = List.of((long) config.width());
    return new RandomCheckpoint(0, List.of(
        new RandomCheckpoint.Tensor("ln_vision.weight", shape, new RandomCheckpoint.Constant(1)),
        new RandomCheckpoint.Tensor("ln_vision.bias", shape, new RandomCheckpoint.Constant(0))));
  }
}
