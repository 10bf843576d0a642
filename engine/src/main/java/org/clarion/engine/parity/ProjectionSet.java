package org.clarion.engine.parity;

import java.nio.file.Path;
import java.util.List;
import org.clarion.engine.vision.VisionEncoder;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.Checkpoints;

/** The projection from each form of its file, and the file without one, which must be refused. */
final class ProjectionSet extends GoldenSet {
  private static final double TOLERANCE = 1e-5;

  ProjectionSet() {
    super("projection", List.of("projection/expected.safetensors", "projection/checkpoint_without_projection.pth"));
  }

  @Override
  protected void compare(Path fixtures, Comparison comparison) {
    try (Checkpoint golden = Checkpoints.open(fixtures.resolve("projection/expected.safetensors"))) {
      for (String file : present(fixtures, "projection/checkpoint.pth", "projection/checkpoint.legacy.pth",
          "projection/checkpoint_llm.pth")) {
        try (VisionEncoder encoder = open(fixtures, file)) {
          comparison.near(file, encoder.project(floats(golden, "input")), floats(golden, "output"), TOLERANCE);
        }
      }
    }
    int refused = 0;
    try {
      open(fixtures, "projection/checkpoint_without_projection.pth").close();
    } catch (CheckpointException e) {
      refused = 1;
    }
    comparison.same("a file without projection is refused", new int[]{refused}, new int[]{1});
  }

  private static VisionEncoder open(Path fixtures, String file) {
    return VisionGolden.open(fixtures, 56, "vision/eva_vit_g.pth", "qformer/blip2_pretrained.pth", file);
  }
}
