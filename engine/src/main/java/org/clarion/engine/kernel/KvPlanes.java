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

  /**
   * Copies {@code count} positions, whose ranges do not overlap, in every head. Values lie together; of keys only whole
   * blocks do, and only where both ranges stand alike within their blocks.
   */
  public void copy(int from, int to, int count) {
    int bytes = kind.bits() / Byte.SIZE;
    long width = (long) padded(headDim) * bytes;
    for (int head = 0; head < heads; head++) {
      long first = (long) head * tokens;
      MemorySegment.copy(values, (first + from) * width, values, (first + to) * width, count * width);
      if (kind == ElementKind.INT8) {
        copyFactors(keyFactors, first + from, first + to, count);
        copyFactors(valueFactors, first + from, first + to, count);
      }
      for (int i = 0; i < count;) {
        boolean whole = (from + i) % BLOCK == 0 && (to + i) % BLOCK == 0 && count - i >= BLOCK;
        if (whole) {
          MemorySegment.copy(keys, (first + from + i) * width, keys, (first + to + i) * width, BLOCK * width);
        } else {
          copyKey(first * width, from + i, to + i, bytes);
        }
        i += whole ? BLOCK : 1;
      }
    }
  }

  private static void copyFactors(MemorySegment factors, long from, long to, int count) {
    MemorySegment.copy(factors, from * Float.BYTES, factors, to * Float.BYTES, (long) count * Float.BYTES);
  }

  private void copyKey(long plane, int from, int to, int bytes) {
    int width = padded(headDim);
    // Of bfloat16 keys two components lie side by side.
    int together = (kind == ElementKind.BFLOAT16 ? 2 : 1) * bytes;
    long source = plane + (long) from / BLOCK * BLOCK * width * bytes + (long) from % BLOCK * together;
    long target = plane + (long) to / BLOCK * BLOCK * width * bytes + (long) to % BLOCK * together;
    for (long step = 0; step < (long) BLOCK * width * bytes; step += (long) BLOCK * together) {
      MemorySegment.copy(keys, source + step, keys, target + step, together);
    }
  }

  /** A head's width filled up to whole vectors. */
  public static int padded(int headDim) {
    return (headDim + 15) / 16 * 16;
  }
}
