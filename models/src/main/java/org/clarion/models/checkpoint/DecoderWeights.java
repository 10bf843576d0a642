package org.clarion.models.checkpoint;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.FalconConfig;
import org.clarion.models.architecture.LlamaConfig;

/**
 * Weights of a decoder. Having one means that every tensor is there in its shape, under the names that its architecture
 * states, or that the files are of a conversion ({@link ConvertedDecoder}). Values are not read until asked for.
 *
 * <p>
 * Thread-safe until closed; closing closes the files.
 */
public sealed interface DecoderWeights extends AutoCloseable permits LlamaWeights, FalconWeights, ConvertedDecoder {
  /** The decoder's shape. */
  DecoderConfig config();

  /** Its tensors, and only those. */
  Checkpoint checkpoint();

  @Override
  default void close() {
    checkpoint().close();
  }

  /**
   * Opens a GGUF file, a Hugging Face folder, a safetensors or torch file with {@code config.json} beside it, or the
   * folder of a converted decoder.
   *
   * @throws CheckpointException
   *           besides the readers' codes {@code checkpoint_mismatch}, {@code config_missing},
   *           {@code config_unsupported} and {@code converted_version}
   */
  static DecoderWeights open(Path path) {
    if (ConvertedDecoder.isOne(path)) {
      return ConvertedDecoder.open(path);
    }
    Checkpoint opened = Checkpoints.open(path);
    try {
      return DecoderView.of(opened, path).weights();
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /** Weights made up from a seed: matrices with deviation 0.02, norms 1. The same on every machine. */
  static DecoderWeights random(DecoderConfig config, long seed) {
    return switch (config) {
      case LlamaConfig llama -> new LlamaWeights(llama, random(LlamaWeights.expected(llama), seed));
      case FalconConfig falcon -> new FalconWeights(falcon, random(FalconWeights.expected(falcon), seed));
    };
  }

  private static Checkpoint random(ExpectedTensors expected, long seed) {
    return new RandomCheckpoint(seed, expected.shapes().entrySet().stream()
        .map(tensor -> new RandomCheckpoint.Tensor(tensor.getKey(), tensor.getValue(), fill(tensor))).toList());
  }

  private static RandomCheckpoint.Fill fill(Map.Entry<String, List<Long>> tensor) {
    // Norms are the only vectors.
    return tensor.getValue().size() > 1
        ? new RandomCheckpoint.Normal(0.02f)
        : new RandomCheckpoint.Constant(tensor.getKey().endsWith("bias") ? 0 : 1);
  }
}
