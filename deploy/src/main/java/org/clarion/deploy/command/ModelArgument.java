package org.clarion.deploy.command;

import java.nio.file.Files;
import java.nio.file.Path;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.PartLayouts;
import org.clarion.models.manifest.Architecture;
import org.clarion.models.manifest.ManifestException;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelManifest;

/** What a command line may name a model by: an id, a manifest, a folder with one, or files of a decoder. */
final class ModelArgument {
  private ModelArgument() {}

  /** Whether it names files that no manifest describes. */
  static boolean bareFiles(String model) {
    return !ModelCatalogue.isFile(model) && Files.exists(Path.of(model));
  }

  /** Whether bare files are a decoder: a GGUF file, or a folder with a {@code config.json}. */
  static boolean isDecoder(Path path) {
    return path.toString().endsWith(".gguf") || Files.exists(path.resolve("config.json"));
  }

  /**
   * The model.
   *
   * @throws CommandFailure
   *           when there is none
   */
  static ModelManifest require(String model) {
    if (bareFiles(model)) {
      return decoder(Path.of(model).toAbsolutePath().normalize());
    }
    try {
      return ModelCatalogue.standard().require(model);
    } catch (ManifestException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  /** A decoder without a manifest: a model that can only talk. */
  private static ModelManifest decoder(Path path) {
    Path folder = Files.isDirectory(path) ? path : path.resolveSibling(".").normalize();
    String weights = Files.isDirectory(path) ? "." : String.valueOf(path.getFileName());
    String tokenizer = weights.endsWith(".gguf")
        ? weights
        : Files.exists(folder.resolve("tokenizer.model")) ? "tokenizer.model" : "tokenizer.json";
    try {
      DecoderConfig config = PartLayouts.decoder(path).config();
      return ModelManifest.decoder(String.valueOf(path.getFileName()), folder, Architecture.of(config), weights,
          tokenizer, config.maxContext());
    } catch (CheckpointException e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }
  }
}
