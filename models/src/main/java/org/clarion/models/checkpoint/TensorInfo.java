package org.clarion.models.checkpoint;

import java.util.List;

/**
 * What a checkpoint's header says of one tensor.
 *
 * @param name
 *          as in the file
 * @param type
 *          stored element type
 * @param shape
 *          sizes, slowest axis first (row-major, as PyTorch prints it), also for GGUF, which lists them the other way
 *          round; empty for a scalar
 */
public record TensorInfo(String name, ElementType type, List<Long> shape) {
  public TensorInfo {
    shape = List.copyOf(shape);
  }

  /** Number of elements; 1 for a scalar. */
  public long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** Elements of one slice along the first axis; 1 for a vector or a scalar. */
  public long rowElements() {
    return shape.stream().skip(1).reduce(1L, Math::multiplyExact);
  }

  /** The same tensor under another name. */
  public TensorInfo named(String other) {
    return new TensorInfo(other, type, shape);
  }
}
