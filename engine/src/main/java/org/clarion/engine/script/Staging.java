package org.clarion.engine.script;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.clarion.models.checkpoint.Checkpoint;

/**
 * Scratch memory outside the heap through which one float32 tensor travels from a checkpoint into a program. The
 * program makes its own copy; closing frees the memory at once. To be used by the module's thread.
 */
public final class Staging implements AutoCloseable {
  private final Arena arena = Arena.ofConfined();
  private final PtNDArray tensor;
  private final FloatBuffer values;

  /**
   * Room for one tensor.
   *
   * @throws IllegalArgumentException
   *           when it has more than 2^29 elements, which one direct buffer cannot hold
   */
  public Staging(ScriptModule module, long... shape) {
    long elements = 1;
    for (long size : shape) {
      elements = Math.multiplyExact(elements, size);
    }
    if (elements >= 1L << 29) {
      arena.close();
      throw new IllegalArgumentException("a tensor of " + elements + " elements exceeds the limit of 2^29");
    }
    MemorySegment segment = arena.allocate(elements * Float.BYTES, 64);
    values = segment.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
    tensor = module.view(segment.asByteBuffer().order(ByteOrder.nativeOrder()), DataType.FLOAT32, shape);
  }

  /** Appends a tensor of the checkpoint to what has been read so far. */
  public Staging read(Checkpoint checkpoint, String name) {
    int count = Math.toIntExact(checkpoint.require(name).elements());
    checkpoint.readFloats(name, values.slice(values.position(), count));
    values.position(values.position() + count);
    return this;
  }

  /** Appends neighbouring rows of a tensor. */
  public Staging readRows(Checkpoint checkpoint, String name, long first, long rows) {
    int count = Math.toIntExact(rows * checkpoint.require(name).rowElements());
    checkpoint.readRows(name, first, rows, values.slice(values.position(), count));
    values.position(values.position() + count);
    return this;
  }

  /** The tensor, once all of it has been read. */
  public PtNDArray tensor() {
    if (values.hasRemaining()) {
      throw new IllegalStateException(values.remaining() + " elements have not been read");
    }
    return tensor;
  }

  @Override
  public void close() {
    tensor.close();
    arena.close();
  }
}
