package org.clarion.engine.parity;

import java.nio.file.Path;
import java.util.List;
import org.clarion.engine.vision.EvaTower;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.Checkpoints;

/** The projection from each form of its file, and the file without one, which must be refused. */
final class ProjectionSet extends GoldenSet {
  private static final double TOLERANCE = 1e-5;
  private static final double CONCAT_TOLERANCE = 5e-5;
  private static final String CONCAT = "projection/checkpoint_concat.pth";

  ProjectionSet() {
    super("projection",
        List.of("projection/expected.safetensors", "projection/checkpoint_without_projection.pth", CONCAT));
  }

  @Override
  protected void compare(Path fixtures, Comparison comparison) {
    try (Checkpoint golden = Checkpoints.open(fixtures.resolve("projection/expected.safetensors"))) {
      for (String file : present(fixtures, "projection/checkpoint.pth", "projection/checkpoint.legacy.pth",
          "projection/checkpoint_llm.pth")) {
        try (EvaTower encoder = open(fixtures, file)) {
          comparison.near(file, encoder.project(floats(golden, "input")), floats(golden, "output"), TOLERANCE);
        }
      }
    }
    concat(fixtures, comparison);
    int refused = 0;
    try {
      open(fixtures, "projection/checkpoint_without_projection.pth").close();
    } catch (CheckpointException e) {
      refused = 1;
    }
    comparison.same("a file without projection is refused", new int[]{refused}, new int[]{1});
  }

  /** Four patches side by side; the golden values begin after ln_vision. */
  private static void concat(Path fixtures, Comparison comparison) {
    try (Checkpoint golden = Checkpoints.open(fixtures.resolve("projection/expected.safetensors"));
        EvaTower encoder = VisionGolden.openConcat(fixtures, "vision/eva_vit_g.pth", "qformer/blip2_pretrained.pth",
            CONCAT)) {
      float[] vision = floats(golden, "concat.vision_last_hidden_state");
      for (int i = 0; i < 2; i++) {
        comparison.near(CONCAT + " of image " + i, encoder.bridge(VisionGolden.entry(vision, i, 2)),
            VisionGolden.entry(floats(golden, "concat.output"), i, 2), CONCAT_TOLERANCE);
      }
    }
  }

  private static EvaTower open(Path fixtures, String file) {
    return VisionGolden.open(fixtures, 56, "vision/eva_vit_g.pth", "qformer/blip2_pretrained.pth", file);
  }
}
