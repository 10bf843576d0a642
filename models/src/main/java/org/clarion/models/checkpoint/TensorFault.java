package org.clarion.models.checkpoint;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tensor that a graph needs and a checkpoint does not have in that shape.
 *
 * @param name
 *          as the graph calls it
 * @param expected
 *          its shape; -1 for a size that the checkpoint decides
 * @param found
 *          the shape in the checkpoint; absent when there is no such tensor
 */
public record TensorFault(String name, List<Long> expected, @Nullable List<Long> found) {
  public TensorFault {
    expected = List.copyOf(expected);
    found = found == null ? null : List.copyOf(found);
  }

  /** What is wrong, without the name. */
  public String what() {
    String needed = expected.toString().replace(Long.toString(ExpectedTensors.ANY), "any");
    return found == null ? needed + " is missing" : "has shape " + found + ", expected " + needed;
  }

  @Override
  public String toString() {
    return name + " " + what();
  }
}
