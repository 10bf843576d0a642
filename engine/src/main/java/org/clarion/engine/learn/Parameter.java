package org.clarion.engine.learn;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.List;

/**
 * A tensor that training moves, float32.
 *
 * @param name
 *          as in the checkpoint
 * @param shape
 *          as in the checkpoint
 * @param value
 *          as the program takes it: with the same elements in the same order, in another shape where it wants one
 */
public record Parameter(String name, List<Long> shape, PtNDArray value) {
  public Parameter {
    shape = List.copyOf(shape);
  }

  /** Whether weight decay applies to it: matrices decay, biases and norms do not. */
  public boolean decays() {
    return !name.endsWith("bias") && shape.size() > 1;
  }

  /** Its elements, row-major. */
  public float[] values() {
    return value.toFloatArray();
  }
}
