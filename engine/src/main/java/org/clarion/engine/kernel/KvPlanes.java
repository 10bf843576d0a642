package org.clarion.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * One layer's keys and values: for each KV head a plane of {@code tokens} positions. Keys lie in blocks of 16
 * positions, component by component; values position by position, of bfloat16 two positions side by side.
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
   * Copies {@code count} positions, whose ranges do not overlap, in every head. Only whole blocks lie together, and
   * only where both ranges stand alike within their blocks.
   */
  public void copy(int from, int to, int count) {
    long block = (long) BLOCK * padded(headDim) * kind.bits() / Byte.SIZE;
    for (int head = 0; head < heads; head++) {
      long first = (long) head * tokens;
      if (kind == ElementKind.INT8) {
        copyFactors(keyFactors, first + from, first + to, count);
        copyFactors(valueFactors, first + from, first + to, count);
      }
      long plane = first / BLOCK * block;
      for (int i = 0; i < count;) {
        boolean whole = (from + i) % BLOCK == 0 && (to + i) % BLOCK == 0 && count - i >= BLOCK;
        if (whole) {
          long source = plane + (from + i) / BLOCK * block;
          long target = plane + (to + i) / BLOCK * block;
          MemorySegment.copy(keys, source, keys, target, block);
          MemorySegment.copy(values, source, values, target, block);
        } else {
          copyKey(plane, from + i, to + i);
          copyValue(plane, from + i, to + i);
        }
        i += whole ? BLOCK : 1;
      }
    }
  }

  private static void copyFactors(MemorySegment factors, long from, long to, int count) {
    MemorySegment.copy(factors, from * Float.BYTES, factors, to * Float.BYTES, (long) count * Float.BYTES);
  }

  private void copyKey(long plane, int from, int to) {
    // Of bfloat16 keys two components lie side by side.
    int together = kind == ElementKind.BFLOAT16 ? 2 : 1;
    int bytes = together * kind.bits() / Byte.SIZE;
    long block = (long) padded(headDim) / together * BLOCK * bytes;
    long source = plane + from / BLOCK * block + (long) from % BLOCK * bytes;
    long target = plane + to / BLOCK * block + (long) to % BLOCK * bytes;
    for (long step = 0; step < block; step += (long) BLOCK * bytes) {
      MemorySegment.copy(keys, source + step, keys, target + step, bytes);
    }
  }

  private void copyValue(long plane, int from, int to) {
    int width = padded(headDim);
    int bytes = kind.bits() / Byte.SIZE;
    if (kind != ElementKind.BFLOAT16) {
      MemorySegment.copy(values, plane + (long) from * width * bytes, values, plane + (long) to * width * bytes,
          (long) width * bytes);
      return;
    }
    long source = plane + (long) from / 2 * width * 2 * bytes + (long) from % 2 * bytes;
    long target = plane + (long) to / 2 * width * 2 * bytes + (long) to % 2 * bytes;
    for (long step = 0; step < (long) width * 2 * bytes; step += 2L * bytes) {
      MemorySegment.copy(values, source + step, values, target + step, bytes);
    }
  }

  /** A head's width filled up to whole vectors. */
  public static int padded(int headDim) {
    return (headDim + 15) / 16 * 16;
  }
}
