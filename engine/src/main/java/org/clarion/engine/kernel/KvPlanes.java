package org.clarion.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * One layer's keys and values: for each KV head a plane of {@code tokens} positions. Keys lie in blocks of 16
 * positions, component by component; values position by position.
 *
 * @param tokens
 *          positions, a multiple of 16
 * @param keyFactors
 *          one for each head and position where the kind is int8, else {@link MemorySegment#NULL}
 */
public record KvPlanes(ElementKind kind, int heads, int headDim, int tokens, MemorySegment keys, MemorySegment values,
    MemorySegment keyFactors, MemorySegment valueFactors) {
  /** Positions of a block of keys. */
  public static final int BLOCK = 16;

  /** Room for at least that many positions. */
  public static KvPlanes allocate(KernelMemory memory, ElementKind kind, int heads, int headDim, int tokens) {
    int rounded = Math.multiplyExact((tokens + BLOCK - 1) / BLOCK, BLOCK);
    long bytes = (long) heads * rounded * padded(headDim) * kind.bits() / Byte.SIZE;
    boolean scaled = kind == ElementKind.INT8;
    long factors = (long) heads * rounded * Float.BYTES;
    return new KvPlanes(kind, heads, headDim, rounded, memory.allocate(bytes), memory.allocate(bytes),
        scaled ? memory.allocate(factors) : MemorySegment.NULL, scaled ? memory.allocate(factors) : MemorySegment.NULL);
  }

  /** A head's width filled up to whole vectors. */
  public static int padded(int headDim) {
    return (headDim + 15) / 16 * 16;
  }
}
