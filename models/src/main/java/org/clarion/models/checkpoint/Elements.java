package org.clarion.models.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Converts stored elements to float32. A table of formats: one short loop per element type. Half floats and bfloat16
 * widen exactly; doubles and wide integers round to nearest. Quantised blocks as ggml lays them out: a half-float scale
 * (and minimum), then 32 values, of which nibble kinds keep 0..15 in the low and 16..31 in the high halves.
 */
final class Elements {
  private static final int CHUNK = 8192;

  private Elements() {}

  /** Converts {@code elements} consecutive elements from the start of {@code source}. */
  static void read(ElementType type, MemorySegment source, long elements, FloatBuffer destination) {
    if (type == ElementType.FLOAT32) {
      copyFloats(source, elements, destination);
      return;
    }
    float[] chunk = new float[(int) Math.min(CHUNK, elements)];
    for (long done = 0; done < elements; done += CHUNK) {
      int count = (int) Math.min(CHUNK, elements - done);
      convert(type, source, done, count, chunk);
      destination.put(chunk, 0, count);
    }
  }

  /** Converts one element; not for quantised kinds. */
  static float at(ElementType type, MemorySegment source, long index) {
    return switch (type) {
      case FLOAT32 -> source.get(ByteCursor.FLOAT, index * 4);
      case FLOAT64 -> (float) source.get(ByteCursor.DOUBLE, index * 8);
      case FLOAT16 -> Float.float16ToFloat(source.get(ByteCursor.SHORT, index * 2));
      case BFLOAT16 -> Float.intBitsToFloat(source.get(ByteCursor.SHORT, index * 2) << 16);
      case INT64 -> source.get(ByteCursor.LONG, index * 8);
      case INT32 -> source.get(ByteCursor.INT, index * 4);
      case INT16 -> source.get(ByteCursor.SHORT, index * 2);
      case INT8 -> source.get(ValueLayout.JAVA_BYTE, index);
      case UINT8 -> Byte.toUnsignedInt(source.get(ValueLayout.JAVA_BYTE, index));
      case BOOL -> source.get(ValueLayout.JAVA_BYTE, index) == 0 ? 0 : 1;
      case GGUF_Q8_0, GGUF_Q4_0, GGUF_Q4_1 ->
        throw new IllegalArgumentException(type + " elements cannot be read one by one");
    };
  }

  private static void copyFloats(MemorySegment source, long elements, FloatBuffer destination) {
    // A ByteBuffer addresses at most 2 GiB.
    long step = 1L << 28;
    for (long done = 0; done < elements; done += step) {
      long count = Math.min(step, elements - done);
      destination.put(
          source.asSlice(done * 4, count * 4).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer());
    }
  }

  private static void convert(ElementType type, MemorySegment source, long first, int count, float[] out) {
    switch (type) {
      case FLOAT16 -> {
        for (int i = 0; i < count; i++) {
          out[i] = Float.float16ToFloat(source.get(ByteCursor.SHORT, (first + i) * 2));
        }
      }
      case BFLOAT16 -> {
        for (int i = 0; i < count; i++) {
          out[i] = Float.intBitsToFloat(source.get(ByteCursor.SHORT, (first + i) * 2) << 16);
        }
      }
      case GGUF_Q8_0 -> eightBit(source, first, count, out);
      case GGUF_Q4_0, GGUF_Q4_1 -> fourBit(type, source, first, count, out);
      case FLOAT64, FLOAT32, INT64, INT32, INT16, INT8, UINT8, BOOL -> {
        for (int i = 0; i < count; i++) {
          out[i] = at(type, source, first + i);
        }
      }
    }
  }

  private static void eightBit(MemorySegment source, long first, int count, float[] out) {
    long at = first / 32 * 34;
    for (int i = 0; i < count; i += 32, at += 34) {
      float scale = Float.float16ToFloat(source.get(ByteCursor.SHORT, at));
      for (int j = 0; j < 32; j++) {
        out[i + j] = scale * source.get(ValueLayout.JAVA_BYTE, at + 2 + j);
      }
    }
  }

  private static void fourBit(ElementType type, MemorySegment source, long first, int count, float[] out) {
    boolean hasMinimum = type == ElementType.GGUF_Q4_1;
    int zero = hasMinimum ? 0 : 8;
    int head = hasMinimum ? 4 : 2;
    long at = first / 32 * type.blockBytes();
    for (int i = 0; i < count; i += 32, at += type.blockBytes()) {
      float scale = Float.float16ToFloat(source.get(ByteCursor.SHORT, at));
      float minimum = hasMinimum ? Float.float16ToFloat(source.get(ByteCursor.SHORT, at + 2)) : 0;
      for (int j = 0; j < 16; j++) {
        int pair = source.get(ValueLayout.JAVA_BYTE, at + head + j);
        out[i + j] = scale * ((pair & 15) - zero) + minimum;
        out[i + j + 16] = scale * ((pair >> 4 & 15) - zero) + minimum;
      }
    }
  }
}
