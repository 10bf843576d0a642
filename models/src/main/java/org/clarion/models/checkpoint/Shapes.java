package org.clarion.models.checkpoint;

import java.util.List;

/** Checks of shapes that come from files. */
final class Shapes {
  private Shapes() {}

  /** Bytes of a tensor; refuses negative sizes and products that overflow. */
  static long bytes(String label, TensorInfo info) {
    for (long size : info.shape()) {
      if (size < 0) {
        throw malformed(label, info.name(), info.shape(), "has a negative size");
      }
    }
    try {
      // Strides of an empty tensor multiply its other sizes, so these must fit too.
      StoredTensor.rowMajor(info.shape());
      return info.type().bytes(info.elements());
    } catch (ArithmeticException e) {
      throw malformed(label, info.name(), info.shape(), "has more elements than a long can count");
    }
  }

  private static CheckpointException malformed(String label, String name, List<Long> shape, String what) {
    return new CheckpointException("checkpoint_malformed",
        label + ": tensor " + name + " of shape " + shape + " " + what);
  }
}
