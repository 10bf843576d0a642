package org.clarion.engine.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.clarion.engine.decoder.KvKind;
import org.clarion.engine.decoder.Precision;
import org.clarion.models.architecture.LlamaConfig;
import org.clarion.models.checkpoint.DecoderWeights;
import org.junit.jupiter.api.Test;

/** Against numbers worked out by hand. */
class DecoderCostsTest {
  private static final LlamaConfig SHAPE = new LlamaConfig(8, 2, 4, 2, 2, 16, 10, 1e-5, 10_000, false, 64);
  /** q and o 8x8, k and v 4x8, three of 16x8; two layers. */
  private static final long MATRICES = 2 * (2 * 64 + 2 * 32 + 3 * 128);
  private static final long HEAD = 10 * 8;

  @Test
  void countsWeightsOnceAndTheEmbeddingNever() {
    DecoderCosts costs = costs(SHAPE, Precision.INT8, KvKind.BFLOAT16);

    assertThat(costs.weights()).isEqualTo(MATRICES);
    assertThat(costs.modelBytes()).isEqualTo(MATRICES + HEAD);
    // Keys and values: 2 layers x 2 x 2 heads x 2 numbers of 2 bytes a position.
    assertThat(costs.decodeBytes(3, 5)).isEqualTo(MATRICES + HEAD + 32.0 * 15);
    assertThat(costs.arenaBytes(7)).isEqualTo(32.0 * 7);
    assertThat(costs.decodeOperations(3, 5)).isEqualTo(2.0 * 3 * (MATRICES + HEAD) + 4.0 * 16 * 15);
  }

  @Test
  void aTiedHeadIsTheEmbedding() {
    LlamaConfig tied = new LlamaConfig(8, 2, 4, 2, 2, 16, 10, 1e-5, 10_000, true, 64);

    assertThat(costs(tied, Precision.FLOAT32, KvKind.FLOAT32).weights()).isEqualTo(MATRICES);
  }

  @Test
  void causalAttentionIsHalfASquare() {
    DecoderCosts costs = costs(SHAPE, Precision.BFLOAT16, KvKind.FLOAT32);

    assertThat(costs.prefillOperations(4)).isEqualTo(2.0 * 4 * MATRICES + 2.0 * HEAD + 4.0 * 16 * (1 + 2 + 3 + 4));
    assertThat(costs.prefillBytes(4)).isEqualTo(2.0 * (MATRICES + HEAD) + 64.0 * 4);
    assertThat(DecoderCosts.bytes(Precision.INT4)).isEqualTo(0.625, within(1e-12));
  }

  private static DecoderCosts costs(LlamaConfig config, Precision precision, KvKind kv) {
    try (DecoderWeights weights = DecoderWeights.random(config, 1)) {
      return DecoderCosts.of(weights, precision, kv);
    }
  }
}
