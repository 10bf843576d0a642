package org.clarion.models.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.FalconConfig;
import org.clarion.models.architecture.LlamaConfig;

/**
 * Files seen as a decoder, whether or not they are a whole one.
 *
 * @param config
 *          the shape that they state
 * @param shown
 *          those of them that the files have, under the graph's names
 * @param faults
 *          those that are missing or mis-shaped
 */
record DecoderView(DecoderConfig config, ViewCheckpoint shown, List<TensorFault> faults) {

  static DecoderView of(DecoderConfig config, ExpectedTensors expected, ViewCheckpoint shown) {
    return new DecoderView(config, shown, expected.compare(shown));
  }

  /** Reads the shape from a GGUF file's metadata, else from the {@code config.json} in or beside the path. */
  static DecoderView of(Checkpoint opened, Path path) {
    if (opened instanceof GgufFile gguf) {
      return LlamaWeights.ggufView(gguf, LlamaConfigs.of(gguf));
    }
    Path folder = Files.isDirectory(path) ? path : path.resolveSibling(".");
    return switch (DecoderConfigs.of(JsonFiles.read(folder.resolve("config.json"), "config_missing"))) {
      case LlamaConfig llama -> LlamaWeights.view(opened, llama);
      case FalconConfig falcon -> FalconWeights.view(opened, falcon);
    };
  }

  /**
   * The weights.
   *
   * @throws CheckpointException
   *           {@code checkpoint_mismatch}, which lists every missing or mis-shaped tensor
   */
  DecoderWeights weights() {
    ExpectedTensors.refuse(faults, "decoder");
    return switch (config) {
      case LlamaConfig llama -> new LlamaWeights(llama, shown);
      case FalconConfig falcon -> new FalconWeights(falcon, shown);
    };
  }
}
