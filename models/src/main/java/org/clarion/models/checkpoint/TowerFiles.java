package org.clarion.models.checkpoint;

import java.util.ArrayList;
import java.util.List;

/** What image towers share in reading: the projection, which must be there, and a view of what the graph needs. */
final class TowerFiles {
  static final String PROJECTION = "llama_proj";

  private TowerFiles() {}

  /** The projection's name, which some training code spells {@code llm_proj}; other names stay as they are. */
  static String projectionName(String name) {
    return name.startsWith("llm_proj.") ? PROJECTION + name.substring("llm_proj".length()) : name;
  }

  /**
   * Refuses tensors that are missing or mis-shaped.
   *
   * @throws CheckpointException
   *           {@code projection_missing} or {@code checkpoint_mismatch}, which list all of them
   */
  static void require(ExpectedTensors expected, Checkpoint checkpoint) {
    List<TensorFault> faults = expected.compare(checkpoint);
    if (!faults.isEmpty()) {
      boolean projection = checkpoint.tensors().containsKey(PROJECTION + ".weight")
          && checkpoint.tensors().containsKey(PROJECTION + ".bias");
      throw new CheckpointException(projection ? "checkpoint_mismatch" : "projection_missing",
          ExpectedTensors.lines(faults, "image tower"));
    }
  }

  /** Width of the language model: rows of the projection. */
  static int llmHidden(Checkpoint checkpoint) {
    return Math.toIntExact(checkpoint.require(PROJECTION + ".weight").shape().getFirst());
  }

  /** Only what the graph needs, in its order. */
  static Checkpoint shown(Checkpoint checkpoint, ExpectedTensors expected) {
    List<ViewCheckpoint.Source> sources = new ArrayList<>();
    for (String name : expected.shapes().keySet()) {
      sources.add(ViewCheckpoint.Source.Whole.of(checkpoint, name, name));
    }
    return new ViewCheckpoint(sources, List.of(checkpoint));
  }
}
