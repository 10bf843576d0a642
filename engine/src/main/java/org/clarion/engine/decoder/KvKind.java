package org.clarion.engine.decoder;

import org.clarion.engine.kernel.ElementKind;

/** How keys and values are kept in the arena. */
public enum KvKind {
  /** As they are computed. */
  FLOAT32,
  /** Rounded to bfloat16: half the memory. */
  BFLOAT16,
  /** Bytes with one factor for each head and position: a quarter of the memory. */
  INT8;

  /** As configurations name it. */
  public String word() {
    return switch (this) {
      case FLOAT32 -> "f32";
      case BFLOAT16 -> "bf16";
      case INT8 -> "int8";
    };
  }

  ElementKind kind() {
    return switch (this) {
      case FLOAT32 -> ElementKind.FLOAT32;
      case BFLOAT16 -> ElementKind.BFLOAT16;
      case INT8 -> ElementKind.INT8;
    };
  }
}
