package org.clarion.models.checkpoint;

import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;

/**
 * A GGUF file, version 2 or 3, little-endian. Tensors keep the file's names and the file's order of rows (so the q and
 * k rows of LLaMA models are permuted; {@link LlamaWeights} restores them); shapes are given slowest axis first.
 *
 * <p>
 * Thread-safe until closed.
 */
public final class GgufFile extends MappedCheckpoint {
  private final MappedFile file;
  private final GgufHeader header;

  private GgufFile(MappedFile file, GgufHeader header) {
    super(file, header.tensors());
    this.file = file;
    this.header = header;
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
      return new GgufFile(file, GgufHeader.parse(file));
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
    return header.metadata();
  }

  /** A GGUF file with the same metadata, the vocabulary among them, and no tensors. */
  public byte[] withoutTensors() {
    byte[] bytes = file.bytes().asSlice(0, header.metadataEnd()).toArray(ValueLayout.JAVA_BYTE);
    ByteBuffer.wrap(bytes).putLong(GgufHeader.TENSOR_COUNT, 0);
    return bytes;
  }
}
