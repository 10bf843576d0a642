package org.clarion.models.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Reads little-endian fields one after the other and refuses to run past the end. Not thread-safe. */
final class ByteCursor {
  static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final String label;
  private final MemorySegment bytes;
  private final long origin;
  private long position;

  /**
   * Starts at a slice's first byte.
   *
   * @param origin
   *          where the slice starts in its file, for messages
   */
  ByteCursor(String label, MemorySegment bytes, long origin) {
    this.label = label;
    this.bytes = bytes;
    this.origin = origin;
  }

  String label() {
    return label;
  }

  /** Position in the file. */
  long position() {
    return origin + position;
  }

  long remaining() {
    return bytes.byteSize() - position;
  }

  /** Moves on by {@code count} bytes and says where they started within the slice. */
  private long take(long count) {
    if (count < 0 || count > remaining()) {
      throw new CheckpointException("checkpoint_truncated",
          label + " at byte " + position() + ": " + Long.toUnsignedString(count) + " bytes wanted, " + remaining()
              + " left");
    }
    long at = position;
    position += count;
    return at;
  }

  int u8() {
    return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, take(1)));
  }

  int u16() {
    return Short.toUnsignedInt(bytes.get(SHORT, take(2)));
  }

  int i32() {
    return bytes.get(INT, take(4));
  }

  long u32() {
    return Integer.toUnsignedLong(i32());
  }

  long i64() {
    return bytes.get(LONG, take(8));
  }

  float f32() {
    return bytes.get(FLOAT, take(4));
  }

  double f64() {
    return bytes.get(DOUBLE, take(8));
  }

  MemorySegment slice(long count) {
    return bytes.asSlice(take(count), count);
  }

  byte[] array(long count) {
    return slice(count).toArray(ValueLayout.JAVA_BYTE);
  }

  /** Reads strict UTF-8. */
  String utf8(long count) {
    long at = position();
    byte[] raw = array(count);
    try {
      return StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT).decode(ByteBuffer.wrap(raw)).toString();
    } catch (CharacterCodingException e) {
      throw new CheckpointException("checkpoint_malformed", label + " at byte " + at + ": text is not UTF-8", e);
    }
  }

  CheckpointException malformed(String what) {
    return new CheckpointException("checkpoint_malformed", label + " at byte " + position() + ": " + what);
  }
}
