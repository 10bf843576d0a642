package org.clarion.engine.decoder;

import java.util.Arrays;
import java.util.Optional;

/** How weights are kept and multiplied. The residual stream, norms, softmax and logits are float32 in every kind. */
public enum Precision {
  /** The reference: float32 throughout. */
  FLOAT32,
  /**
   * Weights rounded to float16, multiplied by float32 activations and summed in float32: half the memory, and the text
   * does not depend on how many ranks share the sums. The image tower computes in float32.
   */
  FLOAT16,
  /**
   * Weights and the inputs of matrix products rounded to bfloat16: half the memory and, on most CPUs, twice the rate.
   */
  BFLOAT16,
  /**
   * Weights as bytes with one factor for each output channel, multiplied by inputs that are bytes with one factor for
   * each row: a quarter of the memory. Sums are exact, so that the text does not depend on how many ranks share them.
   */
  INT8,
  /**
   * Weights as half bytes with one factor for each 32 inputs of an output channel, multiplied as in {@link #INT8}; the
   * output head is int8. Some 0.63 bytes a weight.
   */
  INT4;

  /** As configurations name it. */
  public String word() {
    return switch (this) {
      case FLOAT32 -> "f32";
      case FLOAT16 -> "f16";
      case BFLOAT16 -> "bf16";
      case INT8 -> "int8";
      case INT4 -> "int4";
    };
  }

  /** The kind that configurations name so; empty when none is. */
  public static Optional<Precision> ofWord(String word) {
    return Arrays.stream(values()).filter(precision -> precision.word().equals(word)).findFirst();
  }
}
