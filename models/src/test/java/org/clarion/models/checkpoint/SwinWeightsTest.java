package org.clarion.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.clarion.models.architecture.SwinConfig;
import org.junit.jupiter.api.Test;

class SwinWeightsTest {
  private static final SwinConfig TINY = new SwinConfig(4, 16, List.of(2, 2, 2), List.of(1, 2, 4), 7, 4, 24);

  private static Checkpoint projection(String name, int width) {
    return new RandomCheckpoint(1,
        List.of(
            new RandomCheckpoint.Tensor(name + ".weight", List.of(48L, (long) width), new RandomCheckpoint.Normal(1)),
            new RandomCheckpoint.Tensor(name + ".bias", List.of(48L), new RandomCheckpoint.Constant(0))));
  }

  @Test
  void medClipsFileAndAProjectionMakeATower() {
    Path file = Fixtures.shared("fixtures/swin/pytorch_model.bin");
    for (String name : List.of("llama_proj", "llm_proj")) {
      try (VisionWeights weights = VisionWeights.of(List.of(Checkpoints.open(file), projection(name, 24)), TINY)) {
        assertThat(weights.llmHidden()).isEqualTo(48);
        assertThat(weights.checkpoint().tensors().keySet()).contains("vision_model.projection_head.weight")
            .noneMatch(tensor -> tensor.startsWith("text_model") || tensor.endsWith("index"));
      }
    }
    assertThatThrownBy(() -> VisionWeights.open(List.of(file), TINY)).isInstanceOf(CheckpointException.class)
        .hasMessageContaining("llama_proj.weight [any, 24] is missing")
        .returns("projection_missing", refusal -> ((CheckpointException) refusal).code());
    assertThatThrownBy(() -> VisionWeights.of(List.of(Checkpoints.open(file), projection("llama_proj", 64)), TINY))
        .hasMessageContaining("llama_proj.weight has shape [48, 64], expected [any, 24]");
  }

  @Test
  void randomWeightsFitAnyShape() {
    SwinConfig config = new SwinConfig(4, 8, List.of(2, 1), List.of(1, 2), 3, 2, 6);
    try (VisionWeights weights = VisionWeights.random(config, 24, 10, 3)) {
      assertThat(
          weights.checkpoint().require("vision_model.model.encoder.layers.0.downsample.reduction.weight").shape())
          .containsExactly(16L, 32L);
      assertThat(config.tokens(24)).isEqualTo(1);
    }
    assertThatThrownBy(() -> VisionWeights.random(config, 28, 10, 3)).hasMessageContaining("28")
        .hasMessageContaining("24");
  }

  @Test
  void shapesThatCannotBeAreRefused() {
    assertThatThrownBy(() -> new SwinConfig(4, 8, List.of(2, 2), List.of(1), 3, 2, 6)).hasMessageContaining("2 depths");
    assertThatThrownBy(() -> new SwinConfig(4, 8, List.of(2), List.of(3), 3, 2, 6)).hasMessageContaining("3 heads");
  }
}
