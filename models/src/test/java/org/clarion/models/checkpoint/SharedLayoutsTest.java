package org.clarion.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The same small models in all their published layouts hold the same numbers. */
class SharedLayoutsTest {
  private static Path fixture(String name) {
    return Fixtures.shared("fixtures/" + name);
  }

  private static void assertSame(Checkpoint one, Checkpoint other) {
    assertThat(one.tensors().keySet()).isEqualTo(other.tensors().keySet());
    for (String name : one.tensors().keySet()) {
      assertThat(Fixtures.floats(one, name)).as(name).isEqualTo(Fixtures.floats(other, name));
    }
  }

  @Test
  void imageTowersAreTheSameInEveryLayout() {
    Path projection = fixture("projection/checkpoint.pth");
    List<List<Path>> layouts = List.of(
        List.of(fixture("vision/eva_vit_g.legacy.pth"), fixture("qformer/blip2_pretrained.legacy.pth"), projection),
        List.of(fixture("vision/eva_vit_g.pth"), fixture("qformer/blip2_pretrained.pth"), projection),
        List.of(fixture("vision/hf"), fixture("qformer/hf"), projection));
    try (VisionWeights lavis = VisionWeights.open(
        List.of(fixture("vision/lavis.safetensors"), fixture("qformer/lavis.safetensors"), projection),
        VisionWeightsTest.TINY)) {
      for (List<Path> layout : layouts) {
        try (VisionWeights weights = VisionWeights.open(layout, VisionWeightsTest.TINY)) {
          assertThat(((EvaWeights) weights).imageSize()).isEqualTo(56);
          assertSame(weights.checkpoint(), lavis.checkpoint());
        }
      }
    }
  }

  @Test
  void decodersAreTheSameInHalfAndSinglePrecision() {
    try (DecoderWeights single = DecoderWeights.open(fixture("decoders/llama_mha"));
        DecoderWeights half = DecoderWeights.open(fixture("decoders/llama_mha_fp16_bin"))) {
      assertThat(half.config()).isEqualTo(single.config());
      assertSame(half.checkpoint(), single.checkpoint());
    }
  }

  @Test
  void otherModelsOpenToo() {
    try (Checkpoint falcon = Checkpoints.open(fixture("decoders/falcon"));
        Checkpoint swin = Checkpoints.open(fixture("swin"))) {
      assertThat(falcon.tensors()).containsKeys("transformer.word_embeddings.weight", "lm_head.weight");
      assertThat(falcon.require("lm_head.weight").type()).isEqualTo(ElementType.BFLOAT16);
      assertThat(Fixtures.floats(falcon, "lm_head.weight"))
          .isEqualTo(Fixtures.floats(falcon, "transformer.word_embeddings.weight"));
      assertThat(swin.require("vision_model.projection_head.weight").shape()).containsExactly(24L, 64L);
    }
  }
}
