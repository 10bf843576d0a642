package org.clarion.models.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes GGUF files for tests: a header piece by piece, then aligned tensor data. */
final class GgufBytes {
  private final ByteArrayOutputStream metadata = new ByteArrayOutputStream();
  private final ByteArrayOutputStream table = new ByteArrayOutputStream();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private long metadataCount;
  private long tensorCount;
  private int version = 3;

  GgufBytes version(int other) {
    version = other;
    return this;
  }

  /** Adds a key whose type and bytes are given as they are. */
  GgufBytes raw(String key, int type, byte... value) {
    metadata.writeBytes(text(key));
    metadata.writeBytes(i32(type));
    metadata.writeBytes(value);
    metadataCount++;
    return this;
  }

  GgufBytes put(String key, int value) {
    return raw(key, 4, i32(value));
  }

  GgufBytes put(String key, float value) {
    return raw(key, 6, i32(Float.floatToRawIntBits(value)));
  }

  GgufBytes put(String key, String value) {
    return raw(key, 8, text(value));
  }

  /** Adds a line of the tensor table without data. */
  GgufBytes entry(String name, int type, long offset, long... sizes) {
    table.writeBytes(text(name));
    table.writeBytes(i32(sizes.length));
    for (long size : sizes) {
      table.writeBytes(i64(size));
    }
    table.writeBytes(i32(type));
    table.writeBytes(i64(offset));
    tensorCount++;
    return this;
  }

  /** Adds a tensor; sizes fastest axis first. */
  GgufBytes tensor(String name, int type, byte[] bytes, long... sizes) {
    entry(name, type, data.size(), sizes);
    data.writeBytes(bytes);
    while (data.size() % 32 != 0) {
      data.write(0);
    }
    return this;
  }

  byte[] header() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(i32(version));
    out.writeBytes(i64(tensorCount));
    out.writeBytes(i64(metadataCount));
    out.writeBytes(metadata.toByteArray());
    out.writeBytes(table.toByteArray());
    while (out.size() % 32 != 0) {
      out.write(0);
    }
    return out.toByteArray();
  }

  byte[] bytes() {
    return join(header(), data.toByteArray());
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static byte[] text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    return join(i64(utf8.length), utf8);
  }

  static byte[] i32(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  static byte[] i64(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }

  static byte[] half(float value) {
    return ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort(Float.floatToFloat16(value)).array();
  }

  static byte[] floats(float... values) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    return buffer.array();
  }
}
