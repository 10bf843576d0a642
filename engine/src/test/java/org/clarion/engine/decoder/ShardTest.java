package org.clarion.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.clarion.engine.decoder.SmallDecoders.FALCON;
import static org.clarion.engine.decoder.SmallDecoders.NINE_HEADS;

import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.FalconConfig;
import org.clarion.models.architecture.LlamaConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardTest {
  private static final DecoderConfig VICUNA_V0 = new LlamaConfig(4096, 32, 32, 32, 128, 11008, 32001, 1e-6, 1e4, false,
      2048);
  private static final DecoderConfig FALCON_40B = new FalconConfig(8192, 60, 128, 8, 64, 32768, 65024, 1e-5, 1e4, true,
      2048);
  private static final DecoderConfig FALCON_7B = new FalconConfig(4544, 32, 71, 1, 64, 18176, 65024, 1e-5, 1e4, true,
      2048);

  /** Every query head, inner column and id lies on one rank, and every query head beside its KV head. */
  private static void assertCovered(DecoderConfig config, int ranks) {
    int heads = 0;
    int ffn = 0;
    int vocabulary = 0;
    for (int rank = 0; rank < ranks; rank++) {
      Shard shard = Shard.of(config, rank, ranks);
      assertThat(shard.heads().first()).isEqualTo(heads);
      assertThat(shard.ffn().first()).isEqualTo(ffn);
      assertThat(shard.vocabulary().first()).isEqualTo(vocabulary);
      assertThat(shard.heads().count() % shard.kvHeads().count()).isZero();
      int last = shard.heads().first() + shard.heads().count() - 1;
      assertThat(shard.heads().first() / config.groupSize()).isEqualTo(shard.kvHeads().first());
      assertThat(last / config.groupSize()).isEqualTo(shard.kvHeads().first() + shard.kvHeads().count() - 1);
      heads += shard.heads().count();
      ffn += shard.ffn().count();
      vocabulary += shard.vocabulary().count();
    }
    assertThat(new int[]{heads, ffn, vocabulary}).containsExactly(config.heads(), config.intermediate(),
        config.vocabulary());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void oneToEightRanksCoverEverythingOnce(int ranks) {
    assertCovered(VICUNA_V0, ranks);
    assertCovered(FALCON_40B, ranks);
    assertCovered(FALCON_7B, ranks);
    if (ranks <= 3 || ranks == 6) {
      assertCovered(NINE_HEADS, ranks);
    }
    if (ranks <= 2 || ranks % 2 == 0) {
      assertCovered(FALCON, ranks);
    }
  }

  @Test
  void copiesOfAKvHeadShareItsQueries() {
    assertThat(Shard.of(FALCON, 5, 8).heads()).isEqualTo(new Shard.Range(5, 1));
    assertThat(Shard.of(FALCON, 5, 8).kvHeads()).isEqualTo(new Shard.Range(1, 1));
    assertThat(Shard.of(FALCON_40B, 9, 16).heads()).isEqualTo(new Shard.Range(72, 8));
    assertThat(Shard.of(FALCON_40B, 9, 16).kvHeads()).isEqualTo(new Shard.Range(4, 1));
  }

  @Test
  void ranksThatDoNotFitAreRefused() {
    assertThatThrownBy(() -> Shard.of(NINE_HEADS, 0, 4)).hasMessageContaining("3 KV heads")
        .hasMessageContaining("4 ranks");
    assertThatThrownBy(() -> Shard.of(NINE_HEADS, 0, 12)).hasMessageContaining("9 query heads")
        .hasMessageContaining("12 ranks");
  }
}
