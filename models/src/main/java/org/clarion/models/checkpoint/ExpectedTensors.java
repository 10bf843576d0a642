package org.clarion.models.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/** The tensors that a model needs, by name and shape, in the order of the graph. */
final class ExpectedTensors {
  /** Stands in a shape for a size that the checkpoint decides. */
  static final long ANY = -1;

  private final SequencedMap<String, List<Long>> shapes = new LinkedHashMap<>();

  ExpectedTensors add(String name, long... shape) {
    List<Long> sizes = new ArrayList<>();
    for (long size : shape) {
      sizes.add(size);
    }
    shapes.put(name, List.copyOf(sizes));
    return this;
  }

  /** A matrix and its bias. */
  ExpectedTensors linear(String name, long outputs, long inputs) {
    return add(name + ".weight", outputs, inputs).add(name + ".bias", outputs);
  }

  /** Scale and shift of a layer norm. */
  ExpectedTensors norm(String name, long width) {
    return add(name + ".weight", width).add(name + ".bias", width);
  }

  SequencedMap<String, List<Long>> shapes() {
    return shapes;
  }

  /** Compares with what a checkpoint has; further tensors are no fault. */
  List<TensorFault> compare(Checkpoint checkpoint) {
    List<TensorFault> faults = new ArrayList<>();
    shapes.forEach((name, expected) -> {
      TensorInfo found = checkpoint.tensors().get(name);
      if (found == null || !fits(expected, found.shape())) {
        faults.add(new TensorFault(name, expected, found == null ? null : found.shape()));
      }
    });
    return faults;
  }

  /**
   * Refuses a checkpoint that has faults.
   *
   * @param model
   *          what the tensors should make up, for the message
   * @throws CheckpointException
   *           {@code checkpoint_mismatch}, which lists every missing or mis-shaped tensor
   */
  void require(Checkpoint checkpoint, String model) {
    refuse(compare(checkpoint), model);
  }

  static void refuse(List<TensorFault> faults, String model) {
    if (!faults.isEmpty()) {
      throw new CheckpointException("checkpoint_mismatch", lines(faults, model));
    }
  }

  static String lines(List<TensorFault> faults, String model) {
    return faults.size() + " tensors do not fit the " + model + ": "
        + faults.stream().map(TensorFault::toString).collect(Collectors.joining("; "));
  }

  private static boolean fits(List<Long> expected, List<Long> found) {
    if (expected.size() != found.size()) {
      return false;
    }
    for (int axis = 0; axis < expected.size(); axis++) {
      if (expected.get(axis) != ANY && !expected.get(axis).equals(found.get(axis))) {
        return false;
      }
    }
    return true;
  }
}
