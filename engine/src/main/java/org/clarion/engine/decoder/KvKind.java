package org.clarion.engine.decoder;

import java.util.Arrays;
import org.clarion.engine.kernel.ElementKind;

/** How keys and values are kept in the arena. */
public enum KvKind {
  /** As they are computed. */
  FLOAT32,
  /** Rounded to bfloat16: half the memory. */
  BFLOAT16,
  /** Bytes with one factor for each head and position: a quarter of the memory. */
  INT8;

  /**
   * The kind of a configuration's word.
   *
   * @throws IllegalArgumentException
   *           for a word that is none
   */
  public static KvKind named(String word) {
    return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException("kind of keys and values is '" + word + "', not one of "
            + String.join(", ", Arrays.stream(values()).map(KvKind::word).toList())));
  }

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
