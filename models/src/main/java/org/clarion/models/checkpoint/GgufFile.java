package org.clarion.models.checkpoint;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A GGUF file, version 2 or 3, little-endian. Tensors keep the file's names and the file's order of rows (so the q and
 * k rows of LLaMA models are permuted; {@link LlamaWeights} restores them); shapes are given slowest axis first.
 *
 * <p>
 * Thread-safe until closed.
 */
public final class GgufFile implements Checkpoint {
  private final Map<String, Object> metadata;
  private final MappedCheckpoint tensors;

  private GgufFile(Map<String, Object> metadata, MappedCheckpoint tensors) {
    this.metadata = metadata;
    this.tensors = tensors;
  }

  /**
   * Maps the file and reads its header.
   *
   * @throws CheckpointException
   *           {@code checkpoint_truncated}, {@code checkpoint_malformed}, {@code checkpoint_unsupported} (version),
   *           {@code quantisation_unsupported} (named in the message), {@code checkpoint_unreadable}
   */
  public static GgufFile open(Path path) {
    MappedFile file = MappedFile.open(path);
    try {
      GgufHeader header = GgufHeader.parse(file);
      return new GgufFile(header.metadata(), new MappedCheckpoint(file, header.tensors()));
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * The header's keys and values in file order. Integers of every width are {@link Long} (a uint64 above the range of
   * long: {@link java.math.BigInteger}), float32 is {@link Float}, float64 {@link Double}, bool {@link Boolean}, string
   * {@link String}, and an array an immutable {@link java.util.List} of these.
   */
  public Map<String, Object> metadata() {
    return metadata;
  }

  @Override
  public SequencedMap<String, TensorInfo> tensors() {
    return tensors.tensors();
  }

  @Override
  public void readFloats(String name, FloatBuffer destination) {
    tensors.readFloats(name, destination);
  }

  @Override
  public void readRows(String name, long firstRow, long rows, FloatBuffer destination) {
    tensors.readRows(name, firstRow, rows, destination);
  }

  @Override
  public void forget() {
    tensors.forget();
  }

  @Override
  public void close() {
    tensors.close();
  }
}
