package org.clarion.engine.parity;

import java.nio.file.Path;
import java.util.List;
import org.clarion.engine.vision.EvaTower;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.Checkpoints;

/** The Q-Former layer by layer, on made-up image rows and on those of the small ViT. */
final class QFormerSet extends GoldenSet {
  private static final double TOLERANCE = 5e-5;
  /** Has ln_vision, which some forms of the Q-Former lack; what the file under test has counts. */
  private static final String LN_VISION = "qformer/blip2_pretrained.pth";
  private static final String VISION = "vision/expected.safetensors";

  QFormerSet() {
    super("qformer", List.of("qformer/expected.safetensors", LN_VISION, VISION, "projection/checkpoint.pth"));
  }

  @Override
  protected void compare(Path fixtures, Comparison comparison) {
    List<String> files = present(fixtures, "qformer/blip2_pretrained.pth", "qformer/blip2_pretrained.legacy.pth",
        "qformer/lavis.safetensors", "qformer/hf/model.safetensors");
    try (Checkpoint golden = Checkpoints.open(fixtures.resolve("qformer/expected.safetensors"));
        Checkpoint vision = Checkpoints.open(fixtures.resolve(VISION))) {
      for (String file : files) {
        try (EvaTower encoder = VisionGolden.open(fixtures, 56, "vision/eva_vit_g.pth", LN_VISION, file,
            "projection/checkpoint.pth")) {
          layers(encoder, golden, vision, file, comparison);
        }
      }
    }
  }

  private static void layers(EvaTower encoder, Checkpoint golden, Checkpoint vision, String file,
      Comparison comparison) {
    for (int i = 0; i < 2; i++) {
      List<float[]> stages = encoder.queryStages(
          VisionGolden.entry(floats(golden, "encoder_hidden_states"), i, 2));
      near(comparison, file, golden, "after_embedding_norm", i, stages.get(0));
      near(comparison, file, golden, "after_layer_0", i, stages.get(1));
      near(comparison, file, golden, "after_layer_1", i, stages.get(2));
      near(comparison, file, golden, "last_hidden_state", i, stages.getLast());
      near(comparison, file, golden, "chained_last_hidden_state", i,
          encoder.queryStages(VisionGolden.entry(floats(vision, "last_hidden_state"), i, 2)).getLast());
    }
  }

  private static void near(Comparison comparison, String file, Checkpoint golden, String tensor, int image,
      float[] actual) {
    comparison.near(file + " " + tensor + " of image " + image, actual,
        VisionGolden.entry(floats(golden, tensor), image, 2), TOLERANCE);
  }
}
