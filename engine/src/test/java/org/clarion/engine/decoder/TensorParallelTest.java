package org.clarion.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.clarion.engine.decoder.SmallDecoders.FALCON;
import static org.clarion.engine.decoder.SmallDecoders.NINE_HEADS;
import static org.clarion.engine.decoder.SmallDecoders.prefill;
import static org.clarion.engine.decoder.SmallDecoders.prefills;
import static org.clarion.engine.decoder.SmallDecoders.tokens;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.CollectiveException;
import org.clarion.engine.collective.Collectives;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.LlamaConfig;
import org.clarion.models.checkpoint.DecoderWeights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way to cut a decoder gives what the whole one gives. */
@Timeout(120)
class TensorParallelTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final int ARENA = 300;
  private static final float EXACT = 1e-4f;
  /**
   * libtorch adds the same products in another order when a rank has fewer of them, which differs between processors;
   * an activation on the border of two bytes then becomes the other one. Our own kernels do not:
   * KernelTensorParallelTest.
   */
  private static final float TIPPED = 5e-3f;
  private static final LlamaConfig FOUR_HEADS = new LlamaConfig(64, 2, 4, 4, 16, 96, 131, 1e-6, 1e4, false, 128);

  private record Run(List<float[]> logits, List<int[]> greedy) {}

  /** A mixed course of steps: prompts in chunks, then greedy decoding of all. */
  private static Run course(Decoder decoder) {
    List<float[]> logits = new ArrayList<>();
    List<int[]> greedy = new ArrayList<>();
    int[] extents = {0, 64, 144};
    int[] lengths = {20, 9, 33};
    int[] last = new int[3];
    for (int i = 0; i < 3; i++) {
      PrefillRow first = prefill(tokens(4, i), 0, extents[i]);
      decoder.step(prefills(first)).close();
    }
    PrefillRow[] rest = new PrefillRow[3];
    for (int i = 0; i < 3; i++) {
      rest[i] = prefill(tokens(lengths[i] - 4, i + 50), 4, extents[i]);
    }
    for (int n = 0; n < 16; n++) {
      DecoderStep step = prefills(rest);
      if (n > 0) {
        List<DecodeRow> rows = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          rows.add(new DecodeRow(last[i], lengths[i] + n - 1, extents[i]));
        }
        step = new DecoderStep(List.of(), rows);
      }
      try (StepLogits result = decoder.step(step)) {
        // Every rank must feed the same tokens, and only rank 0 knows them: the test decides by position.
        for (int i = 0; i < 3; i++) {
          last[i] = (n * 13 + i * 29) % 100;
        }
        greedy.add(result.argmax());
        for (int i = 0; i < result.rows(); i++) {
          logits.add(result.row(i));
        }
      }
    }
    return new Run(logits, greedy);
  }

  private static Run whole(DecoderConfig config, Precision precision) {
    try (Decoder decoder = SmallDecoders.load(config, precision, ARENA)) {
      return course(decoder);
    }
  }

  private static List<Run> cut(DecoderConfig config, Precision precision, List<Collective> group) throws Exception {
    try (ExecutorService ranks = Executors.newCachedThreadPool()) {
      List<Future<Run>> runs = new ArrayList<>();
      for (Collective end : group) {
        runs.add(ranks.submit(() -> {
          try (end;
              DecoderWeights weights = DecoderWeights.random(config, 5);
              Decoder decoder = ScriptDecoder.load(weights, new DecoderOptions(precision, ARENA, 1), end)) {
            return course(decoder);
          }
        }));
      }
      List<Run> results = new ArrayList<>();
      for (Future<Run> run : runs) {
        results.add(run.get());
      }
      return results;
    }
  }

  private static void assertSame(List<Run> ranks, Run whole) {
    assertThat(ranks.getFirst().greedy()).containsExactlyElementsOf(whole.greedy());
    assertSame(ranks, whole, EXACT);
  }

  private static void assertSame(List<Run> ranks, Run whole, float tolerance) {
    Run first = ranks.getFirst();
    assertThat(first.logits()).hasSameSizeAs(whole.logits());
    for (int i = 0; i < whole.logits().size(); i++) {
      assertThat(first.logits().get(i)).containsExactly(whole.logits().get(i), within(tolerance));
    }
    for (Run other : ranks.subList(1, ranks.size())) {
      assertThat(other.logits()).isEmpty();
    }
  }

  /** Not bfloat16, which rounds each rank's part of a sum. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT16"})
  void twoThreadsShareThreeKvHeads(Precision precision) throws Exception {
    assertSame(cut(NINE_HEADS, precision, Collectives.threads(2, DEADLINE)), whole(NINE_HEADS, precision));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void bytesOfActivationsMayTipOver(int ranks) throws Exception {
    assertSame(cut(FALCON, Precision.INT8, Collectives.threads(ranks, DEADLINE)), whole(FALCON, Precision.INT8),
        TIPPED);
  }

  @Test
  void twoThreadsShareThreeKvHeadsInBytes() throws Exception {
    assertSame(cut(NINE_HEADS, Precision.INT8, Collectives.threads(2, DEADLINE)), whole(NINE_HEADS, Precision.INT8),
        TIPPED);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 6, 9})
  void manyThreadsShareThreeKvHeads(int ranks) throws Exception {
    assertSame(cut(NINE_HEADS, Precision.FLOAT32, Collectives.threads(ranks, DEADLINE)),
        whole(NINE_HEADS, Precision.FLOAT32));
  }

  @ParameterizedTest
  @CsvSource({"2,FLOAT32", "2,FLOAT16", "4,FLOAT32", "8,FLOAT32"})
  void threadsShareAFalcon(int ranks, Precision precision) throws Exception {
    assertSame(cut(FALCON, precision, Collectives.threads(ranks, DEADLINE)), whole(FALCON, precision));
  }

  @Test
  void anUntiedHeadOfOddSizeIsCut() throws Exception {
    assertSame(cut(FOUR_HEADS, Precision.FLOAT32, Collectives.threads(2, DEADLINE)),
        whole(FOUR_HEADS, Precision.FLOAT32));
  }

  @Test
  void ranksMayShareMemoryThroughAFile(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("group");
    try (ExecutorService pool = Executors.newCachedThreadPool()) {
      Future<Collective> second = pool.submit(() -> Collectives.sharedMemory(file, 1, 2, DEADLINE));
      Collective first = Collectives.sharedMemory(file, 0, 2, DEADLINE);
      assertSame(cut(NINE_HEADS, Precision.FLOAT32, List.of(first, second.get())),
          whole(NINE_HEADS, Precision.FLOAT32));
    }
  }

  @Test
  void aStepFailsWhenTheOtherRankIsGone() {
    List<Collective> group = Collectives.threads(2, DEADLINE);
    group.get(1).close();
    try (DecoderWeights weights = DecoderWeights.random(NINE_HEADS, 5);
        Decoder decoder = Decoders.load(weights, new DecoderOptions(Precision.FLOAT32, ARENA, 1),
            group.getFirst())) {
      assertThatThrownBy(() -> decoder.step(prefills(prefill(tokens(3, 1), 0, 0))))
          .isInstanceOf(CollectiveException.class).hasMessageContaining("rank 1 has left");
    }
  }

}
