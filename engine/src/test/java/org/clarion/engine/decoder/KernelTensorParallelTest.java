package org.clarion.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.FalconConfig;
import org.clarion.models.architecture.LlamaConfig;
import org.clarion.models.checkpoint.DecoderWeights;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class KernelTensorParallelTest {
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final int ARENA = 256;
  private static final LlamaConfig WIDE = new LlamaConfig(128, 2, 6, 3, 32, 224, 160, 1e-6, 1e4, false, 256);
  private static final FalconConfig FALCON = new FalconConfig(128, 2, 6, 3, 32, 512, 160, 1e-6, 1e4, false, 256);

  @BeforeEach
  void kernels() {
    assumeTrue(KernelLibrary.host().isPresent(), "no kernels on this host");
  }

  static Stream<Arguments> shapes() {
    List<Arguments> all = new ArrayList<>();
    for (DecoderConfig config : List.of(SmallDecoders.NINE_HEADS, WIDE, FALCON)) {
      for (int ranks : new int[]{2, 3}) {
        for (KvKind kv : KvKind.values()) {
          all.add(Arguments.of(config, ranks, kv));
        }
      }
    }
    return Stream.concat(all.stream(), Stream.of(Arguments.of(WIDE, 6, KvKind.INT8)));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void int8TextDoesNotDependOnTheNumberOfRanks(DecoderConfig config, int ranks, KvKind kv) throws Exception {
    List<float[]> expected = run(config, Precision.INT8, kv, List.of(Collectives.single()));
    List<float[]> actual = run(config, Precision.INT8, kv, Collectives.threads(ranks, DEADLINE));
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.get(i)).as("logits %d", i).isEqualTo(expected.get(i));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BFLOAT16", "INT4"})
  void otherKindsAddPartsUpInFloat32(Precision precision) throws Exception {
    LlamaConfig config = new LlamaConfig(128, 2, 4, 4, 32, 256, 160, 1e-6, 1e4, false, 256);
    List<float[]> expected = run(config, precision, KvKind.FLOAT32, List.of(Collectives.single()));
    List<float[]> actual = run(config, precision, KvKind.FLOAT32, Collectives.threads(2, DEADLINE));
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.get(i)).containsExactly(expected.get(i), within(5e-3f));
    }
  }

  /** Rank 0's logits of a course of prefills and decodes. */
  private static List<float[]> run(DecoderConfig config, Precision precision, KvKind kv, List<Collective> group)
      throws Exception {
    try (ExecutorService ranks = Executors.newCachedThreadPool()) {
      List<Future<List<float[]>>> runs = new ArrayList<>();
      for (Collective end : group) {
        runs.add(ranks.submit(() -> {
          try (end;
              DecoderWeights weights = DecoderWeights.random(config, 5);
              Decoder decoder = KernelDecoder.load(KernelLibrary.host().orElseThrow(), weights,
                  new DecoderOptions(precision, kv, ARENA, 1), end)) {
            return course(decoder);
          }
        }));
      }
      List<float[]> first = runs.getFirst().get();
      for (Future<List<float[]>> other : runs.subList(1, runs.size())) {
        assertThat(other.get()).isEmpty();
      }
      return first;
    }
  }

  private static List<float[]> course(Decoder decoder) {
    List<float[]> logits = new ArrayList<>();
    logits.addAll(SmallDecoders.logits(decoder, SmallDecoders.prefills(
        SmallDecoders.prefill(SmallDecoders.tokens(33, 1), 0, 0),
        SmallDecoders.prefill(SmallDecoders.tokens(7, 2), 0, 112))));
    for (int i = 0; i < 6; i++) {
      logits.addAll(SmallDecoders.logits(decoder,
          SmallDecoders.decodes(new DecodeRow(i * 11 % 100, 33 + i, 0), new DecodeRow(i * 7 % 100, 7 + i, 112))));
    }
    return logits;
  }
}
