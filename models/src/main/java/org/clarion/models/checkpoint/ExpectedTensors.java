package org.clarion.models.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

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

  /**
   * Compares with what a checkpoint has; further tensors are no fault.
   *
   * @return one line per missing or mis-shaped tensor, with expected and found shape; empty when all fit
   */
  List<String> faults(Checkpoint checkpoint) {
    List<String> faults = new ArrayList<>();
    shapes.forEach((name, expected) -> {
      TensorInfo found = checkpoint.tensors().get(name);
      if (found == null) {
        faults.add(name + " " + show(expected) + " is missing");
      } else if (!fits(expected, found.shape())) {
        faults.add(name + " has shape " + found.shape() + ", expected " + show(expected));
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
    List<String> faults = faults(checkpoint);
    if (!faults.isEmpty()) {
      throw new CheckpointException("checkpoint_mismatch",
          faults.size() + " tensors do not fit the " + model + ": " + String.join("; ", faults));
    }
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

  private static String show(List<Long> shape) {
    return shape.toString().replace(Long.toString(ANY), "any");
  }
}
