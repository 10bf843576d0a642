package org.clarion.models.checkpoint;

import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
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
  private final MappedFile file;
  private final GgufHeader header;
  private final MappedCheckpoint tensors;

  private GgufFile(MappedFile file, GgufHeader header) {
    this.file = file;
    this.header = header;
    this.tensors = new MappedCheckpoint(file, header.tensors());
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
