package org.clarion.engine.parity;

import java.nio.file.Path;
import java.util.List;
import org.clarion.engine.vision.EvaTower;
import org.clarion.engine.vision.VisionStages;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.Checkpoints;

/** The ViT block by block, ln_vision where its epsilon shows, and another image size. */
final class VisionSet extends GoldenSet {
  private static final double TOLERANCE = 5e-5;
  private static final double RESIZED = 2e-4;
  private static final String PROJECTION = "projection/checkpoint.pth";
  private static final String QFORMER = "qformer/blip2_pretrained.pth";

  VisionSet() {
    super("vision", List.of("vision/expected.safetensors", "vision/eva_vit_g.pth", QFORMER, PROJECTION));
  }

  @Override
  protected void compare(Path fixtures, Comparison comparison) {
    try (Checkpoint golden = Checkpoints.open(fixtures.resolve("vision/expected.safetensors"))) {
      for (String file : present(fixtures, "vision/eva_vit_g.pth", "vision/eva_vit_g.legacy.pth",
          "vision/lavis.safetensors", "vision/hf/model.safetensors")) {
        try (EvaTower encoder = VisionGolden.open(fixtures, 56, file, QFORMER, PROJECTION)) {
          stages(encoder, golden, file, comparison);
        }
      }
      try (EvaTower encoder = VisionGolden.open(fixtures, 84, "vision/eva_vit_g.pth", QFORMER, PROJECTION)) {
        comparison.near("resized positions", encoder.positionEmbedding(), floats(golden, "resized.position_embedding"),
            RESIZED);
        comparison.near("resized image", encoder.encodeStages(floats(golden, "resized.pixel_values")).vision(),
            floats(golden, "resized.last_hidden_state"), RESIZED);
      }
    }
  }

  private static void stages(EvaTower encoder, Checkpoint golden, String file, Comparison comparison) {
    for (int i = 0; i < 2; i++) {
      VisionStages stages = encoder.encodeStages(VisionGolden.entry(floats(golden, "pixel_values"), i, 2));
      near(comparison, file, golden, "patch_and_position", i, stages.patchAndPosition());
      near(comparison, file, golden, "after_block_0", i, stages.afterBlocks().getFirst());
      near(comparison, file, golden, "after_last_block", i, stages.afterBlocks().getLast());
      near(comparison, file, golden, "last_hidden_state", i, stages.vision());
    }
    comparison.near(file + " ln_vision of faint rows", encoder.lnVision(floats(golden, "ln_vision.faint_input")),
        floats(golden, "ln_vision.faint_output"), TOLERANCE);
  }

  private static void near(Comparison comparison, String file, Checkpoint golden, String tensor, int image,
      float[] actual) {
    comparison.near(file + " " + tensor + " of image " + image, actual,
        VisionGolden.entry(floats(golden, tensor), image, 2), TOLERANCE);
  }
}
