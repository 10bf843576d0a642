package org.clarion.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Where inputs of linear layers lie: rows of {@code width} numbers of a kind, and for int8 a factor for each row.
 *
 * <p>
 * A few channels of a decoder are far larger than the others, and bytes with one factor a row would leave little for
 * these. So numbers can be spread: blocks of them are multiplied by a Hadamard matrix, and so are the weights' rows,
 * which leaves the products as they are.
 *
 * @param kind
 *          {@link ElementKind#INT8} (bytes of value + 128), {@link ElementKind#BFLOAT16} or {@link ElementKind#FLOAT32}
 * @param block
 *          16, 32 or 64 numbers that are spread together, a divisor of the width; 0 for numbers as they are
 */
public record Activations(ElementKind kind, int width, int block, MemorySegment data, MemorySegment factors) {

  /** Room for some rows. */
  public static Activations allocate(KernelMemory memory, ElementKind kind, int width, int block, int rows) {
    return new Activations(kind, width, block, memory.allocate((long) rows * width * kind.bits() / Byte.SIZE),
        memory.allocate((long) rows * Float.BYTES));
  }
}
