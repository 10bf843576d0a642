package org.clarion.models.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Converts stored elements to float32. A table of formats: one short loop per element type. Half floats and bfloat16
 * widen exactly; doubles and wide integers round to nearest. Quantised kinds are {@link GgufBlocks}'.
 */
final class Elements {
  /** A multiple of every block. */
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
      case GGUF_Q8_0, GGUF_Q4_0, GGUF_Q4_1, GGUF_Q5_0, GGUF_Q5_1, GGUF_Q4_K, GGUF_Q5_K, GGUF_Q6_K ->
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
      case GGUF_Q8_0, GGUF_Q4_0, GGUF_Q4_1, GGUF_Q5_0, GGUF_Q5_1, GGUF_Q4_K, GGUF_Q5_K, GGUF_Q6_K ->
        GgufBlocks.read(type, source, first, count, out);
      case FLOAT64, FLOAT32, INT64, INT32, INT16, INT8, UINT8, BOOL -> {
        for (int i = 0; i < count; i++) {
          out[i] = at(type, source, first + i);
        }
      }
    }
  }
}
