package org.clarion.engine.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.clarion.engine.decoder.Precision;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;
import org.junit.jupiter.api.Test;

class EvaTowerTest {
  private static final int QUERIES = 6;
  private static final EvaConfig CONFIG = new EvaConfig(8, 48, 2, 4, 96, new EvaConfig.QFormer(QUERIES, 32, 3, 4, 64));
  private static final int HIDDEN = 40;

  private static EvaTower load(int imageSize, Precision precision) {
    ModelManifest.Vision vision = new ModelManifest.Vision(List.of(), imageSize, List.of(0.5, 0.4, 0.3),
        List.of(0.2, 0.25, 0.3), CONFIG, QUERIES);
    try (VisionWeights weights = VisionWeights.random(CONFIG, 32, HIDDEN, 7)) {
      return EvaTower.load((EvaWeights) weights, vision, new TowerOptions(precision, 1));
    }
  }

  private static PixelTensor image(int size, long seed) {
    byte[] bytes = new byte[3 * size * size];
    new Random(seed).nextBytes(bytes);
    return new PixelTensor(size, bytes);
  }

  @Test
  void anImageBecomesOneVectorPerQuery() {
    try (EvaTower encoder = load(32, Precision.FLOAT32)) {
      float[] one = encoder.encode(image(32, 1));
      assertThat(one).hasSize(QUERIES * HIDDEN);
      assertThat(encoder.encode(image(32, 2))).isNotEqualTo(one);
      assertThat(encoder.encode(image(32, 1))).isEqualTo(one);
      assertThat(encoder.encodeStages(encoder.normalise(image(32, 1))).projected()).isEqualTo(one);
    }
  }

  @Test
  void pixelsAreNormalisedPerChannel() {
    byte[] bytes = new byte[3 * 32 * 32];
    bytes[0] = (byte) 255;
    bytes[32 * 32] = (byte) 128;
    try (EvaTower encoder = load(32, Precision.FLOAT32)) {
      float[] normalised = encoder.normalise(new PixelTensor(32, bytes));
      assertThat(normalised[0]).isCloseTo((1 - 0.5f) / 0.2f, within(1e-6f));
      assertThat(normalised[1]).isCloseTo(-0.5f / 0.2f, within(1e-6f));
      assertThat(normalised[32 * 32]).isCloseTo((128 / 255f - 0.4f) / 0.25f, within(1e-6f));
      assertThat(normalised[2 * 32 * 32]).isCloseTo(-0.3f / 0.3f, within(1e-6f));
    }
  }

  @Test
  void bfloat16StaysNear() {
    try (EvaTower exact = load(32, Precision.FLOAT32); EvaTower rounded = load(32, Precision.BFLOAT16)) {
      float[] expected = exact.encode(image(32, 3));
      float largest = 0;
      for (float value : expected) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertThat(rounded.encode(image(32, 3))).containsExactly(expected, within(0.05f * largest));
    }
  }

  @Test
  void stagesAreCompleteAndForgotten() {
    try (EvaTower encoder = load(32, Precision.FLOAT32)) {
      for (int i = 0; i < 2; i++) {
        VisionStages stages = encoder.encodeStages(encoder.normalise(image(32, 4)));
        assertThat(stages.afterBlocks()).hasSize(CONFIG.blocks());
        assertThat(stages.inQFormer()).hasSize(4);
        assertThat(stages.vision()).hasSize(17 * CONFIG.width());
      }
    }
  }

  @Test
  void otherImageSizesResamplePositions() {
    try (EvaTower encoder = load(48, Precision.FLOAT32)) {
      assertThat(encoder.positionEmbedding()).hasSize(37 * CONFIG.width());
      assertThat(encoder.encode(image(48, 1))).hasSize(QUERIES * HIDDEN);
      assertThatThrownBy(() -> encoder.encode(image(32, 1))).hasMessageContaining("48").hasMessageContaining("32");
    }
    assertThatThrownBy(() -> load(30, Precision.FLOAT32)).hasMessageContaining("30").hasMessageContaining("patch");
  }
}
