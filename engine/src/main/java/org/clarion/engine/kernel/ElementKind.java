package org.clarion.engine.kernel;

/** How numbers are kept in memory. The codes are the library's. */
public enum ElementKind {
  /** 32-bit floating point. */
  FLOAT32(0, 32),
  /** The upper half of a float32. */
  BFLOAT16(1, 16),
  /** Bytes with one factor for each output channel (weights), row (activations) or position (KV). */
  INT8(2, 8),
  /** Half bytes with one factor for each 32 inputs of an output channel; activations are int8. */
  INT4(3, 4);

  private final int code;
  private final int bits;

  ElementKind(int code, int bits) {
    this.code = code;
    this.bits = bits;
  }

  int code() {
    return code;
  }

  /** Bits that one number takes, without its share of factors. */
  public int bits() {
    return bits;
  }

  /** What the inputs of a linear layer with such weights are converted to. */
  public ElementKind activations() {
    return this == INT4 ? INT8 : this;
  }

  /** Inputs must be a multiple of this many. */
  public int inputUnit() {
    return switch (this) {
      case FLOAT32 -> 1;
      case BFLOAT16 -> 2;
      case INT8 -> 4;
      case INT4 -> 32;
    };
  }
}
