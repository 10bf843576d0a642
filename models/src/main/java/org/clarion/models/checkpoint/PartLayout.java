package org.clarion.models.checkpoint;

import java.util.List;
import java.util.SequencedMap;

/**
 * How the files of a part compare with what its graph needs, by their headers.
 *
 * @param tensors
 *          tensors of the graph that the files have
 * @param elements
 *          their elements
 * @param bytes
 *          what they take in the files, by stored kind, the largest first
 * @param faults
 *          tensors that are missing or have another shape; empty when the part can be used
 * @param extras
 *          what else is in the files, in groups
 */
public record PartLayout(int tensors, long elements, SequencedMap<ElementType, Long> bytes, List<TensorFault> faults,
    List<Extra> extras) {
  public PartLayout {
    faults = List.copyOf(faults);
    extras = List.copyOf(extras);
  }

  /**
   * Tensors that the graph has no use for.
   *
   * @param group
   *          what their names have in common
   * @param reason
   *          why they may be ignored; empty when nobody knows them
   * @param tensors
   *          how many
   * @param bytes
   *          what they take in the files
   */
  public record Extra(String group, String reason, int tensors, long bytes) {}

  /** Whether every tensor is there in its shape. */
  public boolean usable() {
    return faults.isEmpty();
  }
}
