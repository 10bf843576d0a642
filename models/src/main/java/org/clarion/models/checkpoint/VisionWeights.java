package org.clarion.models.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.SwinConfig;
import org.clarion.models.architecture.VisionConfig;

/**
 * Weights of an image tower and of the projection behind it ({@code llama_proj.*}). Having one means that every tensor
 * is there in its shape, under the names that its architecture states, or that the file is of a conversion
 * ({@link ConvertedTower}).
 *
 * <p>
 * Thread-safe until closed; closing closes the files.
 */
public sealed interface VisionWeights extends AutoCloseable permits EvaWeights, SwinWeights, ConvertedTower {
  /** Sizes; the caller knows them, the files confirm all but the numbers of heads. */
  VisionConfig config();

  /** Rows of the projection: width of the language model that these weights belong to. */
  int llmHidden();

  /** The tower's tensors, and only those. */
  Checkpoint checkpoint();

  @Override
  default void close() {
    checkpoint().close();
  }

  /**
   * Opens files or folders and lays them over each other in order, each in any of the published layouts. Further
   * tensors (surplus blocks, heads, text towers, optimiser state) are ignored. A converted tower is one file.
   *
   * @throws CheckpointException
   *           {@code projection_missing} or {@code checkpoint_mismatch}, which list every missing or mis-shaped tensor,
   *           {@code converted_version} or {@code converted_alone} for a converted tower, besides the readers' codes
   */
  static VisionWeights open(List<Path> paths, VisionConfig config) {
    List<Checkpoint> opened = Checkpoints.openAll(paths);
    if (opened.size() != 1 || !(opened.getFirst() instanceof SafetensorsFile file) || !ConvertedTower.isOne(file)) {
      return of(opened, config);
    }
    try {
      return ConvertedTower.of(paths.getFirst(), file, config);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * The same for checkpoints that are open already, none of which may be converted; they are closed with the weights,
   * and when this fails.
   */
  static VisionWeights of(List<Checkpoint> opened, VisionConfig config) {
    try {
      ConvertedTower.refuse(opened);
      return switch (config) {
        case EvaConfig eva -> EvaWeights.of(opened, eva);
        case SwinConfig swin -> SwinWeights.of(opened, swin);
      };
    } catch (RuntimeException e) {
      opened.forEach(Checkpoint::close);
      throw e;
    }
  }

  /**
   * Weights made up from a seed, strong enough at any width to learn quickly: matrices with a deviation of one over the
   * root of their inputs, tokens and positions with 0.3, norms 1, biases 0; the projection is scaled so that image rows
   * are about as long as the random token embeddings of {@link DecoderWeights#random}.
   *
   * @throws IllegalArgumentException
   *           when the graph cannot take images of that size
   */
  static VisionWeights random(VisionConfig config, int imageSize, int llmHidden, long seed) {
    config.checkImageSize(imageSize);
    ExpectedTensors expected = switch (config) {
      case EvaConfig eva -> EvaNames.expected(eva, eva.positions(imageSize), llmHidden);
      case SwinConfig swin -> SwinWeights.expected(swin, llmHidden);
    };
    List<RandomCheckpoint.Tensor> tensors = new ArrayList<>();
    expected.shapes().forEach(
        (name, shape) -> tensors.add(new RandomCheckpoint.Tensor(name, shape, fill(name, shape))));
    return of(List.of(new RandomCheckpoint(seed, tensors)), config);
  }

  private static RandomCheckpoint.Fill fill(String name, List<Long> shape) {
    boolean norm = name.contains("norm") || name.contains("LayerNorm") || name.startsWith("ln_vision");
    if (norm && name.endsWith("weight")) {
      return new RandomCheckpoint.Constant(1);
    }
    if (name.endsWith("bias")) {
      return new RandomCheckpoint.Constant(0);
    }
    boolean table = shape.getFirst() == 1 || name.endsWith("bias_table");
    double root = Math.sqrt((double) shape.stream().skip(1).reduce(1L, Math::multiplyExact));
    double deviation;
    if (name.equals("llama_proj.weight")) {
      // What is projected has been through a layer norm, so its length is the root of its width: this brings it to 0.02
      // per element.
      deviation = 0.02 / root;
    } else if (name.contains("patch_embed")) {
      // Neighbouring pixels say much the same.
      deviation = 3 / root;
    } else {
      deviation = table ? 0.3 : 1 / root;
    }
    return new RandomCheckpoint.Normal((float) deviation);
  }

  /**
   * Reads off the sizes of the EVA tower and Q-Former that files hold, for a manifest to be written or checked. Blocks
   * are counted as they are in the files; EVA files have one more than the graph uses.
   *
   * @param heads
   *          ViT heads, which leave no trace in shapes
   * @param qHeads
   *          Q-Former heads
   * @throws CheckpointException
   *           when a tensor that tells a size is missing or has another number of axes, besides the readers' codes
   */
  static EvaConfig sizes(List<Path> paths, int heads, int qHeads) {
    List<Checkpoint> opened = Checkpoints.openAll(paths);
    try {
      return EvaNames.sizes(Checkpoints.overlay(opened.stream().map(EvaNames::lavis).toList()), heads, qHeads);
    } finally {
      opened.forEach(Checkpoint::close);
    }
  }
}
