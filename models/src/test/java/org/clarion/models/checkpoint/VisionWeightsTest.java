package org.clarion.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import org.clarion.models.architecture.EvaConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VisionWeightsTest {
  static final EvaConfig TINY = new EvaConfig(14, 64, 3, 4, 128, new EvaConfig.QFormer(8, 32, 4, 4, 64));
  private static final Path EVA = Fixtures.resource("vision/eva_vit_g.pth");
  private static final Path BLIP2 = Fixtures.resource("vision/blip2_pretrained.pth");

  private static Path projection(String name) {
    return Fixtures.resource("projection/" + name);
  }

  private static CheckpointException refusal(List<Path> files, EvaConfig config) {
    return catchThrowableOfType(CheckpointException.class, () -> VisionWeights.open(files, config).close());
  }

  private static EvaWeights eva(VisionWeights weights) {
    return (EvaWeights) weights;
  }

  @ParameterizedTest
  @ValueSource(strings = {"checkpoint.pth", "checkpoint.legacy.pth", "checkpoint_llm.pth"})
  void laysTheThreePublishedFilesOverEachOther(String name) {
    try (EvaWeights weights = eva(VisionWeights.open(List.of(EVA, BLIP2, projection(name)), TINY));
        Checkpoint expected = Checkpoints.open(projection("expected.safetensors"))) {
      assertThat(weights.imageSize()).isEqualTo(56);
      assertThat(weights.llmHidden()).isEqualTo(64);
      for (String tensor : List.of("llama_proj.weight", "llama_proj.bias")) {
        assertThat(Fixtures.floats(weights.checkpoint(), tensor)).isEqualTo(Fixtures.floats(expected, tensor));
      }
      assertThat(weights.checkpoint().tensors().keySet()).contains("visual_encoder.blocks.2.mlp.fc2.bias")
          .noneMatch(tensor -> tensor.contains("blocks.3") || tensor.contains("head") || tensor.contains("t5"));
    }
  }

  @Test
  void refusesToRunWithoutProjection() {
    for (List<Path> files : List.of(List.of(EVA, BLIP2),
        List.of(EVA, BLIP2, projection("checkpoint_without_projection.pth")))) {
      CheckpointException refusal = refusal(files, TINY);
      assertThat(refusal.code()).isEqualTo("projection_missing");
      assertThat(refusal).hasMessageContaining("llama_proj.weight [any, 32] is missing")
          .hasMessageContaining("llama_proj.bias");
    }
  }

  @Test
  void namesWhatDoesNotFit() {
    CheckpointException concat = refusal(List.of(EVA, BLIP2, projection("checkpoint_concat.pth")), TINY);
    assertThat(concat.code()).isEqualTo("checkpoint_mismatch");
    assertThat(concat).hasMessageContaining("llama_proj.weight has shape [64, 256], expected [any, 32]");
    CheckpointException noBlip2 = refusal(List.of(EVA, projection("checkpoint.pth")), TINY);
    assertThat(noBlip2).hasMessageContaining("ln_vision.weight [64] is missing")
        .hasMessageContaining("query_tokens [1, 8, 32] is missing")
        .hasMessageContaining("Qformer.bert.encoder.layer.2.crossattention.self.key.weight [32, 64] is missing");
    CheckpointException tooDeep = refusal(List.of(EVA, BLIP2, projection("checkpoint.pth")),
        new EvaConfig(14, 64, 5, 4, 128, new EvaConfig.QFormer(8, 32, 4, 4, 64)));
    assertThat(tooDeep).hasMessageContaining("visual_encoder.blocks.4.norm1.weight [64] is missing")
        .hasMessageNotContaining("blocks.3");
    CheckpointException patch = refusal(List.of(EVA, BLIP2, projection("checkpoint.pth")),
        new EvaConfig(16, 64, 3, 4, 128, new EvaConfig.QFormer(8, 32, 4, 4, 64)));
    assertThat(patch).hasMessageContaining(
        "visual_encoder.patch_embed.proj.weight has shape [64, 3, 14, 14], expected [64, 3, 16, 16]");
  }

  @Test
  void withoutQFormerTheProjectionTakesPatches() {
    EvaConfig concat = new EvaConfig(14, 64, 3, 4, 128, new EvaConfig.Concat(4));
    assertThat(concat.tokens(56)).isEqualTo(4);
    try (VisionWeights weights = VisionWeights.open(List.of(EVA, projection("checkpoint_concat.pth")), concat)) {
      assertThat(weights.llmHidden()).isEqualTo(64);
      assertThat(Fixtures.floats(weights.checkpoint(), "ln_vision.weight")).containsOnly(1);
      assertThat(weights.checkpoint().tensors()).doesNotContainKey("query_tokens");
    }
    try (VisionWeights weights = VisionWeights.open(List.of(EVA, BLIP2, projection("checkpoint_concat.pth")), concat);
        Checkpoint blip2 = Checkpoints.open(BLIP2)) {
      assertThat(Fixtures.floats(weights.checkpoint(), "ln_vision.weight"))
          .isEqualTo(Fixtures.floats(blip2, "ln_vision.weight"));
    }
    assertThat(refusal(List.of(EVA, BLIP2, projection("checkpoint.pth")), concat))
        .hasMessageContaining("llama_proj.weight has shape [64, 32], expected [any, 256]");
    assertThatThrownBy(() -> concat.checkImageSize(42)).hasMessageContaining("9 patches");
  }

  @Test
  void readsTheSizesThatShapesTell() {
    try (VisionWeights weights = VisionWeights.open(List.of(EVA, BLIP2, projection("checkpoint.pth")), TINY)) {
      assertThat(EvaNames.sizes(weights.checkpoint(), 4, 4)).isEqualTo(TINY);
    }
    // The files have a block more than the graph uses.
    assertThat(VisionWeights.sizes(List.of(EVA, BLIP2), 4, 4))
        .isEqualTo(new EvaConfig(14, 64, 4, 4, 128, new EvaConfig.QFormer(8, 32, 4, 4, 64)));
    assertThatThrownBy(() -> VisionWeights.sizes(List.of(EVA), 4, 4)).isInstanceOf(CheckpointException.class)
        .hasMessageContaining("query_tokens");
  }

  @Test
  void projectsRandomImagesToTheLengthOfRandomTokens() {
    try (EvaWeights weights = eva(VisionWeights.random(TINY, 56, 48, 9))) {
      assertThat(weights.llmHidden()).isEqualTo(48);
      assertThat(weights.imageSize()).isEqualTo(56);
      // A layer-normed row has unit elements: the sum over a projection row then has this deviation.
      double squares = 0;
      for (float value : Fixtures.floats(weights.checkpoint(), "llama_proj.weight")) {
        squares += value * value;
      }
      assertThat(Math.sqrt(squares / 48)).isCloseTo(0.02, within(0.001));
      assertThat(Fixtures.floats(weights.checkpoint(), "visual_encoder.blocks.0.norm1.weight")).containsOnly(1);
      assertThat(Fixtures.floats(weights.checkpoint(), "ln_vision.weight")).containsOnly(1);
      assertThat(Fixtures.floats(weights.checkpoint(), "ln_vision.bias")).containsOnly(0);
      assertThat(Fixtures.floats(weights.checkpoint(), "visual_encoder.blocks.0.attn.q_bias")).containsOnly(0);
    }
    assertThatThrownBy(() -> VisionWeights.random(TINY, 60, 48, 9)).hasMessageContaining("image size of 60");
  }
}
