package org.clarion.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.clarion.engine.kernel.MatrixPacker.Rows;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.SafetensorsFile;
import org.clarion.models.checkpoint.SafetensorsWriter;
import org.clarion.models.checkpoint.TensorInfo;

/**
 * Weights where they lie in a mapped file that {@link TensorList} described: nothing is read until a kernel does, and
 * nothing is copied. The file must stay open as long as they are used.
 */
public final class FileTensors implements KernelTensors {
  private final SafetensorsFile file;

  /** The tensors of a file. */
  public FileTensors(SafetensorsFile file) {
    this.file = file;
  }

  /**
   * {@inheritDoc}
   *
   * @throws CheckpointException
   *           {@code tensor_missing} or {@code checkpoint_mismatch} when the file has no such matrix
   */
  @Override
  public PackedMatrix matrix(String name, Matrix plan) {
    return new PackedMatrix(plan.shape(), (part, type, count) -> find(TensorList.part(name, part, type, count)));
  }

  @Override
  public MemorySegment vector(String name, List<Rows> parts) {
    return find(TensorList.vectorInfo(name, parts));
  }

  @Override
  public MemorySegment numbers(String name, Numbers plan) {
    return find(TensorList.numbersInfo(name, plan));
  }

  @Override
  public MemorySegment table(String name, Table plan) {
    return find(TensorList.tableInfo(name, plan));
  }

  private MemorySegment find(TensorInfo expected) {
    TensorInfo found = file.require(expected.name());
    if (!found.equals(expected)) {
      throw new CheckpointException("checkpoint_mismatch", "tensor " + expected.name() + " is " + describe(found)
          + ", expected " + describe(expected));
    }
    MemorySegment bytes = file.bytes(expected.name());
    if (bytes.address() % SafetensorsWriter.ALIGNMENT != 0) {
      throw new CheckpointException("checkpoint_mismatch", "tensor " + expected.name()
          + " does not start at a multiple of " + SafetensorsWriter.ALIGNMENT + " bytes of its file");
    }
    return bytes;
  }

  private static String describe(TensorInfo info) {
    return info.type() + " " + info.shape();
  }
}
