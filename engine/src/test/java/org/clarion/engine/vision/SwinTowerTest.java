package org.clarion.engine.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.clarion.engine.decoder.Precision;
import org.clarion.models.architecture.SwinConfig;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;
import org.junit.jupiter.api.Test;

class SwinTowerTest {
  private static final int HIDDEN = 20;
  private static final int SIZE = 48;
  private static final SwinConfig CONFIG = new SwinConfig(4, 16, List.of(2, 2), List.of(2, 4), 3, 4, 12);

  private static SwinTower load(Precision precision) {
    ModelManifest.Vision vision = new ModelManifest.Vision(List.of(), SIZE, List.of(0.5, 0.5, 0.5),
        List.of(0.25, 0.25, 0.25), CONFIG, 1);
    try (VisionWeights weights = VisionWeights.random(CONFIG, SIZE, HIDDEN, 7)) {
      ImageTower tower = ImageTowers.load(weights, vision, new TowerOptions(precision, 1));
      return (SwinTower) tower;
    }
  }

  private static PixelTensor image(long seed) {
    byte[] bytes = new byte[3 * SIZE * SIZE];
    new Random(seed).nextBytes(bytes);
    return new PixelTensor(SIZE, bytes);
  }

  @Test
  void anImageBecomesOneVector() {
    try (SwinTower tower = load(Precision.FLOAT32)) {
      assertThat(tower.tokens()).isEqualTo(1);
      assertThat(tower.imageSize()).isEqualTo(SIZE);
      float[] one = tower.encode(image(1));
      assertThat(one).hasSize(HIDDEN);
      assertThat(tower.encode(image(2))).isNotEqualTo(one);
      assertThat(tower.encode(image(1))).isEqualTo(one);
    }
  }

  @Test
  void oneChannelStandsForThreeEqualOnes() {
    float[] grey = new float[SIZE * SIZE];
    Random random = new Random(4);
    for (int i = 0; i < grey.length; i++) {
      grey[i] = random.nextFloat() - 0.5f;
    }
    float[] colours = new float[3 * grey.length];
    for (int channel = 0; channel < 3; channel++) {
      System.arraycopy(grey, 0, colours, channel * grey.length, grey.length);
    }
    try (SwinTower tower = load(Precision.FLOAT32)) {
      SwinTower.Stages stages = tower.encodeStages(grey);
      assertThat(stages.projected()).isEqualTo(tower.encodeStages(colours).projected());
      assertThat(stages.hidden()).hasSize(3);
      float[] mean = Arrays.copyOf(stages.last(), 32);
      for (int row = 1; row < stages.last().length / 32; row++) {
        for (int i = 0; i < 32; i++) {
          mean[i] += stages.last()[row * 32 + i];
        }
      }
      for (int i = 0; i < 32; i++) {
        mean[i] /= stages.last().length / 32f;
      }
      assertThat(stages.pooled()).containsExactly(mean, within(1e-5f));
    }
  }

  @Test
  void bfloat16StaysNear() {
    try (SwinTower exact = load(Precision.FLOAT32); SwinTower rounded = load(Precision.BFLOAT16)) {
      float[] expected = exact.encode(image(3));
      float largest = 0;
      for (float value : expected) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertThat(rounded.encode(image(3))).containsExactly(expected, within(0.05f * largest));
    }
  }
}
