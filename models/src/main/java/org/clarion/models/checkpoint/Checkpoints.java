package org.clarion.models.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;

/** Opens and combines checkpoints. */
public final class Checkpoints {
  private static final String GIT_LFS = "version https://git-lfs";

  private Checkpoints() {}

  /**
   * Opens a safetensors, GGUF or torch file (zip or the older stream form), told apart by content, or a Hugging Face
   * folder with {@code model.safetensors}, {@code pytorch_model.bin} or their shards.
   *
   * @return for a GGUF file a {@link GgufFile}
   * @throws CheckpointException
   *           {@code checkpoint_unknown} when it is none of these, {@code pickle_refused} when a pickle asks for
   *           anything but tensors and plain containers, and the other readers' codes
   */
  public static Checkpoint open(Path path) {
    if (Files.isDirectory(path)) {
      return ModelFolder.open(path);
    }
    byte[] head = head(path);
    String label = String.valueOf(path.getFileName());
    String text = new String(head, StandardCharsets.ISO_8859_1);
    if (head.length == 0) {
      throw new CheckpointException("checkpoint_truncated", label + " is empty");
    }
    if (text.startsWith(GIT_LFS)) {
      throw new CheckpointException("checkpoint_unknown",
          label + " is a Git LFS pointer, not a checkpoint: fetch the real file");
    }
    if (text.startsWith("GGUF") || text.startsWith("FUGG")) {
      return GgufFile.open(path);
    }
    // Before pickles: a header length of 128 or so starts like one. Byte 8 of torch's own files is never a brace.
    if (head.length > 8 && head[8] == '{') {
      return SafetensorsFile.open(path);
    }
    if (text.startsWith("PK") || head[0] == (byte) 0x80) {
      return TorchFile.open(path);
    }
    throw new CheckpointException("checkpoint_unknown", label + " is no safetensors, GGUF or torch file");
  }

  /**
   * The files that {@link #open} reads tensors from: the file itself, or those of a folder in the order of its index.
   *
   * @throws CheckpointException
   *           when a folder has none
   */
  public static List<Path> files(Path path) {
    return Files.isDirectory(path) ? ModelFolder.files(path) : List.of(path);
  }

  private static byte[] head(Path path) {
    String label = String.valueOf(path.getFileName());
    try (InputStream in = Files.newInputStream(path)) {
      return in.readNBytes(64);
    } catch (NoSuchFileException e) {
      throw new CheckpointException("checkpoint_unreadable", "there is no file " + label, e);
    } catch (IOException e) {
      throw new CheckpointException("checkpoint_unreadable", label + " cannot be read: " + e.getClass().getSimpleName(),
          e);
    }
  }

  /**
   * Lays checkpoints over each other: of a name in several, the last one counts. Closing closes all of them.
   */
  public static Checkpoint overlay(List<Checkpoint> layers) {
    SequencedMap<String, ViewCheckpoint.Source> shown = new LinkedHashMap<>();
    for (Checkpoint layer : layers) {
      layer.tensors().keySet().forEach(name -> shown.put(name, ViewCheckpoint.Source.Whole.of(layer, name, name)));
    }
    return new ViewCheckpoint(List.copyOf(shown.values()), layers);
  }

  /**
   * Shows every tensor under another name. Closing closes the original.
   *
   * @throws CheckpointException
   *           {@code checkpoint_mismatch} when two tensors get the same name
   */
  public static Checkpoint renamed(Checkpoint original, UnaryOperator<String> rename) {
    SequencedMap<String, ViewCheckpoint.Source> shown = new LinkedHashMap<>();
    for (String name : original.tensors().keySet()) {
      String other = rename.apply(name);
      if (shown.put(other, ViewCheckpoint.Source.Whole.of(original, name, other)) != null) {
        throw new CheckpointException("checkpoint_mismatch", "two tensors would both be called " + other);
      }
    }
    return new ViewCheckpoint(List.copyOf(shown.values()), List.of(original));
  }

  /** Opens every path; closes those that are open when one fails. */
  static List<Checkpoint> openAll(List<Path> paths) {
    List<Checkpoint> opened = new ArrayList<>();
    try {
      for (Path path : paths) {
        opened.add(open(path));
      }
      return opened;
    } catch (RuntimeException e) {
      opened.forEach(Checkpoint::close);
      throw e;
    }
  }
}
