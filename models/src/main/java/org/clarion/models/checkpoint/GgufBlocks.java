package org.clarion.models.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Converts the block-quantised kinds of the ggml project to float32: a table of formats, one loop each.
 *
 * <p>
 * Blocks of 32 hold a half-float scale (kinds with {@code _1} also a minimum) and integers of 4, 5 or 8 bits; nibbles
 * keep elements 0..15 in the low halves and 16..31 in the high ones, a fifth bit lies in a word of its own. Blocks of
 * 256 ({@code _K}) hold eight sub-blocks of 32 whose 6-bit scales and minima are multiples of two half floats, or
 * sixteen sub-blocks of 16 with 8-bit scales (Q6_K). Products and sums are rounded one by one, as the reference does.
 */
final class GgufBlocks {
  private static final int SMALL = 32;
  private static final int SUB_BLOCKS = 8;
  /** Added to a number leaves it as it is, a negative zero too. */
  private static final float NOTHING = -0.0f;

  private GgufBlocks() {}

  /**
   * Converts {@code count} elements from number {@code first} on; both are multiples of the kind's block.
   *
   * @throws IllegalArgumentException
   *           when the kind is not quantised
   */
  static void read(ElementType type, MemorySegment source, long first, int count, float[] out) {
    int size = type.blockElements();
    long at = first / size * type.blockBytes();
    for (int i = 0; i < count; i += size, at += type.blockBytes()) {
      switch (type) {
        case GGUF_Q8_0 -> q80(source, at, out, i);
        case GGUF_Q4_0 -> fourBit(source, at, 8, false, out, i);
        case GGUF_Q4_1 -> fourBit(source, at, 0, true, out, i);
        case GGUF_Q5_0 -> fiveBit(source, at, 16, false, out, i);
        case GGUF_Q5_1 -> fiveBit(source, at, 0, true, out, i);
        case GGUF_Q4_K -> q4k(source, at, out, i);
        case GGUF_Q5_K -> q5k(source, at, out, i);
        case GGUF_Q6_K -> q6k(source, at, out, i);
        case FLOAT64, FLOAT32, FLOAT16, BFLOAT16, INT64, INT32, INT16, INT8, UINT8, BOOL ->
          throw new IllegalArgumentException(type + " is not block-quantised");
      }
    }
  }

  private static void q80(MemorySegment source, long at, float[] out, int to) {
    float scale = half(source, at);
    for (int j = 0; j < SMALL; j++) {
      out[to + j] = scale * source.get(ValueLayout.JAVA_BYTE, at + 2 + j);
    }
  }

  private static void fourBit(MemorySegment source, long at, int zero, boolean hasMinimum, float[] out, int to) {
    float scale = half(source, at);
    float minimum = hasMinimum ? half(source, at + 2) : NOTHING;
    long nibbles = at + (hasMinimum ? 4 : 2);
    for (int j = 0; j < SMALL / 2; j++) {
      int pair = unsigned(source, nibbles + j);
      out[to + j] = scale * ((pair & 15) - zero) + minimum;
      out[to + j + SMALL / 2] = scale * ((pair >> 4) - zero) + minimum;
    }
  }

  private static void fiveBit(MemorySegment source, long at, int zero, boolean hasMinimum, float[] out, int to) {
    float scale = half(source, at);
    float minimum = hasMinimum ? half(source, at + 2) : NOTHING;
    long bits = at + (hasMinimum ? 4 : 2);
    int fifth = source.get(ByteCursor.INT, bits);
    for (int j = 0; j < SMALL / 2; j++) {
      int pair = unsigned(source, bits + 4 + j);
      int low = (pair & 15) | ((fifth >>> j) & 1) << 4;
      int high = (pair >> 4) | ((fifth >>> (j + SMALL / 2)) & 1) << 4;
      out[to + j] = scale * (low - zero) + minimum;
      out[to + j + SMALL / 2] = scale * (high - zero) + minimum;
    }
  }

  private static void q4k(MemorySegment source, long at, float[] out, int to) {
    float scale = half(source, at);
    float minimum = half(source, at + 2);
    for (int sub = 0; sub < SUB_BLOCKS; sub++) {
      float d = scale * scale6(source, at + 4, sub);
      float m = minimum * minimum6(source, at + 4, sub);
      long nibbles = at + 16 + sub / 2 * 32L;
      for (int j = 0; j < SMALL; j++) {
        int q = (unsigned(source, nibbles + j) >> (sub % 2 * 4)) & 15;
        out[to + sub * SMALL + j] = d * q - m;
      }
    }
  }

  private static void q5k(MemorySegment source, long at, float[] out, int to) {
    float scale = half(source, at);
    float minimum = half(source, at + 2);
    long fifth = at + 16;
    for (int sub = 0; sub < SUB_BLOCKS; sub++) {
      float d = scale * scale6(source, at + 4, sub);
      float m = minimum * minimum6(source, at + 4, sub);
      long nibbles = at + 48 + sub / 2 * 32L;
      for (int j = 0; j < SMALL; j++) {
        int low = (unsigned(source, nibbles + j) >> (sub % 2 * 4)) & 15;
        int q = low | ((unsigned(source, fifth + j) >> sub) & 1) << 4;
        out[to + sub * SMALL + j] = d * q - m;
      }
    }
  }

  private static void q6k(MemorySegment source, long at, float[] out, int to) {
    float scale = half(source, at + 208);
    for (int sub = 0; sub < SUB_BLOCKS; sub++) {
      // Two halves of 128; in each, sub-blocks 0 and 1 are low nibbles of 64 bytes, 2 and 3 their high ones.
      int halfBlock = sub / 4;
      long nibbles = at + halfBlock * 64L + sub % 2 * 32L;
      long upper = at + 128 + halfBlock * 32L;
      for (int j = 0; j < SMALL; j++) {
        int low = (unsigned(source, nibbles + j) >> (sub % 4 / 2 * 4)) & 15;
        int q = low | ((unsigned(source, upper + j) >> (sub % 4 * 2)) & 3) << 4;
        float d = scale * source.get(ValueLayout.JAVA_BYTE, at + 192 + sub * 2L + j / 16);
        out[to + sub * SMALL + j] = d * (q - 32);
      }
    }
  }

  /** The 6-bit scale of a sub-block: whole in bytes 0..3, else four bits in bytes 8..11 and two atop bytes 0..3. */
  private static int scale6(MemorySegment source, long scales, int sub) {
    return sub < 4
        ? unsigned(source, scales + sub) & 63
        : (unsigned(source, scales + 4 + sub) & 15) | (unsigned(source, scales + sub - 4) >> 6) << 4;
  }

  /** The 6-bit minimum of a sub-block: whole in bytes 4..7, else high nibbles of 8..11 and two bits atop 4..7. */
  private static int minimum6(MemorySegment source, long scales, int sub) {
    return sub < 4
        ? unsigned(source, scales + 4 + sub) & 63
        : (unsigned(source, scales + 4 + sub) >> 4) | (unsigned(source, scales + sub) >> 6) << 4;
  }

  private static float half(MemorySegment source, long at) {
    return Float.float16ToFloat(source.get(ByteCursor.SHORT, at));
  }

  private static int unsigned(MemorySegment source, long at) {
    return Byte.toUnsignedInt(source.get(ValueLayout.JAVA_BYTE, at));
  }
}
