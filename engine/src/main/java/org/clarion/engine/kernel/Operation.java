package org.clarion.engine.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;

/** One line of a program, as {@code op_t} of {@code clarion.h} lays it out. */
final class Operation {
  /** The library's operations, in its order. */
  enum Kind {
    EMBED, NORM, CONVERT, PEAK, LINEAR, FINISH, SPLIT, ATTEND, ATTEND_ALL, BEST, MASS;

    @SuppressWarnings("EnumOrdinal") // the order is the library's
    int code() {
      return ordinal();
    }
  }

  static final int LAYER_NORM = 1;
  static final int ROTATE = 2;
  static final int CAUSAL = 4;
  static final int PEAK_GIVEN = 8;

  static final MemoryLayout LAYOUT = MemoryLayout.structLayout(JAVA_INT.withName("kind"), JAVA_INT.withName("flags"),
      JAVA_INT.withName("n"), JAVA_INT.withName("k"), JAVA_INT.withName("in_kind"), JAVA_INT.withName("out"),
      JAVA_INT.withName("tile_few"), JAVA_INT.withName("tile_many"), JAVA_INT.withName("heads"),
      JAVA_INT.withName("kv_heads"),
      JAVA_INT.withName("head_dim"), JAVA_INT.withName("kv_kind"), JAVA_INT.withName("from"),
      JAVA_INT.withName("taken"), JAVA_LONG.withName("arena_tokens"),
      JAVA_LONG.withName("stride"), JAVA_LONG.withName("kv_stride"), JAVA_FLOAT.withName("eps"),
      JAVA_FLOAT.withName("factor"), ADDRESS.withName("a"),
      ADDRESS.withName("b"), ADDRESS.withName("c"), ADDRESS.withName("d"), ADDRESS.withName("e"), ADDRESS.withName("f"),
      ADDRESS.withName("g"), ADDRESS.withName("h"));

  private final MemorySegment memory;

  Operation(MemorySegment memory) {
    this.memory = memory;
  }

  Operation kind(Kind kind, int flags) {
    return number("kind", kind.code()).number("flags", flags);
  }

  Operation number(String field, int value) {
    memory.set(JAVA_INT, offset(field), value);
    return this;
  }

  Operation size(String field, long value) {
    memory.set(JAVA_LONG, offset(field), value);
    return this;
  }

  Operation real(String field, double value) {
    memory.set(JAVA_FLOAT, offset(field), (float) value);
    return this;
  }

  Operation pointer(String field, MemorySegment value) {
    memory.set(ADDRESS, offset(field), value);
    return this;
  }

  private static long offset(String field) {
    return LAYOUT.byteOffset(PathElement.groupElement(field));
  }
}
