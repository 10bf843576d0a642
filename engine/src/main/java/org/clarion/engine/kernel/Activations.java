package org.clarion.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Where inputs of linear layers lie: rows of {@code width} numbers of a kind, and for int8 a factor for each row.
 *
 * @param kind
 *          {@link ElementKind#INT8} (bytes of value + 128), {@link ElementKind#BFLOAT16} or {@link ElementKind#FLOAT32}
 */
public record Activations(ElementKind kind, int width, MemorySegment data, MemorySegment factors) {

  /** Room for some rows. */
  public static Activations allocate(KernelMemory memory, ElementKind kind, int width, int rows) {
    return new Activations(kind, width, memory.allocate((long) rows * width * kind.bits() / Byte.SIZE),
        memory.allocate((long) rows * Float.BYTES));
  }
}
