package org.clarion.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.clarion.models.architecture.LlamaConfig;
import org.junit.jupiter.api.Test;

class RandomCheckpointTest {
  private static final RandomCheckpoint.Tensor MATRIX = new RandomCheckpoint.Tensor("m", List.of(300L, 100L),
      new RandomCheckpoint.Normal(0.02f));

  @Test
  void isBellShaped() {
    float[] values = Fixtures.floats(new RandomCheckpoint(1, List.of(MATRIX)), "m");
    double sum = 0;
    double squares = 0;
    int within = 0;
    for (float value : values) {
      sum += value;
      squares += value * value;
      within += Math.abs(value) < 0.02 ? 1 : 0;
    }
    assertThat(sum / values.length).isCloseTo(0, within(0.0005));
    assertThat(Math.sqrt(squares / values.length)).isCloseTo(0.02, within(0.0003));
    assertThat((double) within / values.length).isCloseTo(0.68, within(0.02));
  }

  @Test
  void dependsOnSeedNameAndIndexOnly() {
    RandomCheckpoint one = new RandomCheckpoint(1, List.of(MATRIX, new RandomCheckpoint.Tensor("n", MATRIX.shape(),
        MATRIX.fill())));
    RandomCheckpoint two = new RandomCheckpoint(2, List.of(MATRIX));
    float[] values = Fixtures.floats(one, "m");
    assertThat(Fixtures.floats(one, "m")).isEqualTo(values);
    assertThat(Fixtures.floats(one, "n")).isNotEqualTo(values);
    assertThat(Fixtures.floats(two, "m")).isNotEqualTo(values);
    assertThat(Fixtures.rows(one, "m", 123, 2)).isEqualTo(java.util.Arrays.copyOfRange(values, 12_300, 12_500));
  }

  /** Every rank of a cluster makes the same weights, whatever machine or version it runs on. */
  @Test
  void keepsItsNumbers() {
    assertThat(Fixtures.rows(new RandomCheckpoint(1, List.of(MATRIX)), "m", 0, 1)).startsWith(-0.008570924f,
        -0.003826919f,
        0.03654443f, 0.030013828f);
  }
  @Test
  void makesWholeDecoders() {
    LlamaConfig config = new LlamaConfig(32, 2, 4, 2, 8, 48, 40, 1e-5, 10_000, true, 64);
    try (DecoderWeights weights = DecoderWeights.random(config, 7)) {
      assertThat(weights.checkpoint().tensors()).hasSize(2 + 2 * 9).doesNotContainKey("lm_head.weight");
      assertThat(Fixtures.floats(weights.checkpoint(), "model.layers.1.input_layernorm.weight")).containsOnly(1);
    }
  }
}
