package org.clarion.models.checkpoint;

import java.nio.FloatBuffer;
import java.util.SequencedMap;

/**
 * Named tensors of one file or folder, memory-mapped: opening reads headers only.
 *
 * <p>
 * Thread-safe until closed. Damaged or hostile files throw {@link CheckpointException}, which names the file, the
 * tensor and the bad value.
 */
public interface Checkpoint extends AutoCloseable {
  /** Every tensor, in file order. */
  SequencedMap<String, TensorInfo> tensors();

  /**
   * Converts a tensor to float32, row-major.
   *
   * @param destination
   *          has room for exactly {@link TensorInfo#elements()} floats; may be direct; filled from its position
   * @throws CheckpointException
   *           when there is no such tensor or its bytes are damaged
   */
  void readFloats(String name, FloatBuffer destination);

  @Override
  void close();
}
