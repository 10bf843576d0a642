package org.clarion.models.checkpoint;

import java.nio.FloatBuffer;
import java.util.SequencedMap;

/**
 * Named tensors of one file or folder, memory-mapped: opening reads headers only.
 *
 * <p>
 * Thread-safe until closed; reading a closed checkpoint throws {@link IllegalStateException}. Damaged or hostile files
 * throw {@link CheckpointException}, which names the file, the tensor and the bad value.
 */
public interface Checkpoint extends AutoCloseable {
  /** Every tensor, in file order. */
  SequencedMap<String, TensorInfo> tensors();

  /**
   * Converts a tensor to float32, row-major.
   *
   * @param destination
   *          has room for exactly {@link TensorInfo#elements()} floats; may be direct; filled from its position, which
   *          moves to its limit
   * @throws CheckpointException
   *           when there is no such tensor or its bytes are damaged
   */
  void readFloats(String name, FloatBuffer destination);

  /**
   * Converts some rows (slices along the first axis) of a tensor to float32, for example the part of one
   * tensor-parallel rank. Files read only what is asked for.
   *
   * @param firstRow
   *          index along the first axis
   * @param rows
   *          how many
   * @param destination
   *          has room for exactly the rows' floats; filled as by {@link #readFloats}
   * @throws CheckpointException
   *           when there is no such tensor or its bytes are damaged
   * @throws IndexOutOfBoundsException
   *           when the tensor has no such rows
   */
  default void readRows(String name, long firstRow, long rows, FloatBuffer destination) {
    TensorInfo info = require(name);
    long width = info.rowElements();
    int all = Math.toIntExact(info.elements());
    Rows.check(info, firstRow, rows, destination.remaining());
    FloatBuffer whole = FloatBuffer.allocate(all);
    readFloats(name, whole);
    destination.put(whole.array(), Math.toIntExact(firstRow * width), Math.toIntExact(rows * width));
  }

  /**
   * Finds one tensor.
   *
   * @throws CheckpointException
   *           {@code tensor_missing} when there is none of that name
   */
  default TensorInfo require(String name) {
    TensorInfo info = tensors().get(name);
    if (info == null) {
      throw new CheckpointException("tensor_missing", "no tensor " + name + " in the checkpoint");
    }
    return info;
  }

  /**
   * Gives back the memory of what has been read, so that reading a large file through takes little. What is read again
   * comes from the file again.
   */
  default void forget() {}

  @Override
  void close();
}
