package org.clarion.engine.align;

import java.util.List;

/**
 * A parameter with what the optimiser keeps for it: what a checkpoint holds.
 *
 * @param name
 *          as in the model's checkpoint
 * @param values
 *          row-major
 * @param first
 *          running mean of its gradients
 * @param second
 *          running mean of their squares
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ParameterState(String name, List<Long> shape, float[] values, float[] first, float[] second) {
  public ParameterState {
    shape = List.copyOf(shape);
  }
}
