package org.clarion.models.checkpoint;

import java.nio.file.Path;
import java.util.List;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.SwinConfig;
import org.clarion.models.architecture.VisionConfig;

/**
 * An image tower of the EVA family whose matrices lie in one file as the engine's kernels read them.
 *
 * @param path
 *          of the file
 * @param checkpoint
 *          the file: tensors under names of their own
 */
public record ConvertedTower(Path path, TowerHeader header, EvaConfig config,
    Checkpoint checkpoint) implements VisionWeights {

  /** Whether a checkpoint holds packed weights. */
  static boolean isOne(Checkpoint opened) {
    return opened instanceof SafetensorsFile file && file.metadata().containsKey(Packing.VERSION_KEY);
  }

  /**
   * Takes an open file over.
   *
   * @param config
   *          the shape that it must have
   * @throws CheckpointException
   *           {@code converted_version}, {@code checkpoint_malformed}, or {@code checkpoint_mismatch} for another shape
   */
  static ConvertedTower of(Path path, SafetensorsFile file, VisionConfig config) {
    TowerHeader header = TowerHeader.of(String.valueOf(path.getFileName()), file.metadata());
    return switch (config) {
      case EvaConfig eva -> {
        String expected = TowerHeader.json(eva);
        if (!header.config().equals(expected)) {
          throw new CheckpointException("checkpoint_mismatch",
              path.getFileName() + " holds an image tower of shape " + header.config() + ", expected " + expected);
        }
        yield new ConvertedTower(path, header, eva, file);
      }
      case SwinConfig _ -> throw new CheckpointException("checkpoint_mismatch", path.getFileName()
          + " holds an image tower of the EVA family, of shape " + header.config() + ", expected a Swin tower");
    };
  }

  /**
   * Refuses packed files among others: their tensors have other names and no values that could be laid over each other.
   *
   * @throws CheckpointException
   *           {@code converted_alone}
   */
  static void refuse(List<Checkpoint> opened) {
    if (opened.stream().anyMatch(ConvertedTower::isOne)) {
      throw new CheckpointException("converted_alone", "an image tower that is packed for the kernels can be run and "
          + "nothing else: to train it, or to lay other files over it, take the model that it was converted from");
    }
  }

  @Override
  public int llmHidden() {
    return header.llmHidden();
  }

  /**
   * Maps the file.
   *
   * @return the caller's to close
   * @throws CheckpointException
   *           {@code checkpoint_mismatch} when another file has taken its place, besides the reader's codes
   */
  public SafetensorsFile map() {
    SafetensorsFile file = SafetensorsFile.open(path);
    try {
      TowerHeader now = TowerHeader.of(String.valueOf(path.getFileName()), file.metadata());
      if (!now.equals(header)) {
        throw new CheckpointException("checkpoint_mismatch",
            path.getFileName() + " has been replaced: it says " + now + ", said " + header);
      }
      return file;
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }
}
