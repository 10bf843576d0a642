package org.clarion.engine.collective;

import java.lang.foreign.MemorySegment;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.function.Consumer;

/** The values of a caller's buffer as a segment in the machine's byte order; a copy only where the order differs. */
final class HostBuffers {
  private HostBuffers() {}

  /** Lets {@code change} work on the values from the position to the limit. */
  static void change(FloatBuffer values, Consumer<MemorySegment> change) {
    if (values.order() == ByteOrder.nativeOrder()) {
      change.accept(writable(values));
      return;
    }
    float[] copy = new float[values.remaining()];
    values.get(values.position(), copy);
    change.accept(MemorySegment.ofArray(copy));
    values.put(values.position(), copy);
  }

  /** {@link #change(FloatBuffer, Consumer)} of ints. */
  static void change(IntBuffer values, Consumer<MemorySegment> change) {
    if (values.order() == ByteOrder.nativeOrder()) {
      change.accept(writable(values));
      return;
    }
    int[] copy = new int[values.remaining()];
    values.get(values.position(), copy);
    change.accept(MemorySegment.ofArray(copy));
    values.put(values.position(), copy);
  }

  /** The values to read. */
  static MemorySegment of(FloatBuffer values) {
    if (values.order() == ByteOrder.nativeOrder()) {
      return MemorySegment.ofBuffer(values);
    }
    FloatBuffer copy = ByteBuffer.allocateDirect(4 * values.remaining()).order(ByteOrder.nativeOrder()).asFloatBuffer();
    return MemorySegment.ofBuffer(copy.put(0, values, values.position(), values.remaining()));
  }

  private static MemorySegment writable(Buffer values) {
    if (values.isReadOnly()) {
      throw new ReadOnlyBufferException();
    }
    return MemorySegment.ofBuffer(values);
  }
}
