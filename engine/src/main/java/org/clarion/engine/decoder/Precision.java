package org.clarion.engine.decoder;

/** How weights are kept and multiplied. The residual stream, norms, softmax and logits are float32 in either kind. */
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
  BFLOAT16
}
