package org.clarion.engine.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.vision.SwinTower;
import org.clarion.engine.vision.TowerOptions;
import org.clarion.models.architecture.SwinConfig;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.Checkpoints;
import org.clarion.models.checkpoint.RandomCheckpoint;
import org.clarion.models.checkpoint.SwinWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.manifest.ModelManifest;

/** MedCLIP's Swin tower stage by stage, up to its projected feature. */
final class SwinSet extends GoldenSet {
  private static final double TOLERANCE = 2e-5;
  private static final String WEIGHTS = "swin/pytorch_model.bin";

  SwinSet() {
    super("swin", List.of("swin/config.json", WEIGHTS, "swin/expected.safetensors"));
  }

  @Override
  protected void compare(Path fixtures, Comparison comparison) {
    JsonNode json = SmolLm2Set.json(fixtures.resolve("swin/config.json"));
    SwinConfig config = new SwinConfig(json.get("patch_size").asInt(), json.get("embed_dim").asInt(),
        list(json.get("depths")), list(json.get("num_heads")), json.get("window_size").asInt(),
        json.get("mlp_ratio").asInt(), json.get("projection_dim").asInt());
    List<Double> plain = List.of(1.0, 1.0, 1.0);
    ModelManifest.Vision vision = new ModelManifest.Vision(List.of(), json.get("image_size").asInt(), plain, plain,
        config, 1);
    try (Checkpoint golden = Checkpoints.open(fixtures.resolve("swin/expected.safetensors"));
        VisionWeights weights = VisionWeights.of(
            List.of(Checkpoints.open(fixtures.resolve(WEIGHTS)), projection(config.featureWidth())), config);
        SwinTower tower = SwinTower.load((SwinWeights) weights, vision, new TowerOptions(Precision.FLOAT32, 1))) {
      int images = golden.require("pixel_values").shape().getFirst().intValue();
      for (int i = 0; i < images; i++) {
        compare(tower.encodeStages(VisionGolden.entry(floats(golden, "pixel_values"), i, images)), golden, i, images,
            comparison);
      }
      comparison.near("one channel, projected", tower.encodeStages(floats(golden, "grey.pixel_values")).feature(),
          floats(golden, "grey.projected"), TOLERANCE);
    }
  }

  private static void compare(SwinTower.Stages stages, Checkpoint golden, int image, int images,
      Comparison comparison) {
    for (int stage = 0; stage < stages.hidden().size(); stage++) {
      near(comparison, golden, "hidden." + stage, image, images, stages.hidden().get(stage));
    }
    near(comparison, golden, "last_hidden_state", image, images, stages.last());
    near(comparison, golden, "pooler_output", image, images, stages.pooled());
    near(comparison, golden, "projected", image, images, stages.feature());
  }

  private static void near(Comparison comparison, Checkpoint golden, String tensor, int image, int images,
      float[] actual) {
    comparison.near(tensor + " of image " + image, actual, VisionGolden.entry(floats(golden, tensor), image, images),
        TOLERANCE);
  }

  /** The fixtures end before the trained projection. */
  private static Checkpoint projection(int width) {
    return new RandomCheckpoint(0,
        List.of(new RandomCheckpoint.Tensor("llama_proj.weight", List.of(8L, (long) width),
            new RandomCheckpoint.Normal(0.02f)),
            new RandomCheckpoint.Tensor("llama_proj.bias", List.of(8L), new RandomCheckpoint.Constant(0))));
  }

  private static List<Integer> list(JsonNode array) {
    return Arrays.stream(SmolLm2Set.ints(array)).boxed().toList();
  }
}
