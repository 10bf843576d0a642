package org.clarion.models.checkpoint;

import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** The tensors of one mapped file; what every reader returns or is. */
class MappedCheckpoint implements Checkpoint {
  private final MappedFile file;
  private final SequencedMap<String, StoredTensor> stored;
  private final SequencedMap<String, TensorInfo> tensors;

  /** Takes the file over and closes it with itself. */
  MappedCheckpoint(MappedFile file, SequencedMap<String, StoredTensor> stored) {
    this.file = file;
    this.stored = stored;
    SequencedMap<String, TensorInfo> infos = LinkedHashMap.newLinkedHashMap(stored.size());
    stored.forEach((name, tensor) -> infos.put(name, tensor.info()));
    this.tensors = Collections.unmodifiableSequencedMap(infos);
  }

  @Override
  public final SequencedMap<String, TensorInfo> tensors() {
    return tensors;
  }

  @Override
  public final void readFloats(String name, FloatBuffer destination) {
    find(name).read(destination);
  }

  @Override
  public final void readRows(String name, long firstRow, long rows, FloatBuffer destination) {
    find(name).readRows(firstRow, rows, destination);
  }

  private StoredTensor find(String name) {
    StoredTensor tensor = stored.get(name);
    if (tensor == null) {
      throw new CheckpointException("tensor_missing", "no tensor " + name + " in " + file.label());
    }
    return tensor;
  }

  @Override
  public final void forget() {
    file.bytes().unload();
  }

  @Override
  public final void close() {
    file.close();
  }
}
