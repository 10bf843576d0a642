package org.clarion.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.clarion.engine.decoder.SmallDecoders.FALCON;
import static org.clarion.engine.decoder.SmallDecoders.NINE_HEADS;
import static org.clarion.engine.decoder.SmallDecoders.logits;
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
import java.util.stream.Stream;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.CollectiveException;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.collective.nccl.DeviceBackedCollective;
import org.clarion.engine.collective.nccl.DeviceGroup;
import org.clarion.engine.collective.nccl.FakeNccl;
import org.clarion.engine.collective.nccl.FakeNccl.Call;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.checkpoint.DecoderWeights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Programs whose sums go through the binding of NCCL, over a library that works in host memory: the program's "device"
 * is the processor. Shows which calls are made in which number with which addresses; not that they work on a GPU.
 */
@Timeout(60)
class DeviceSumsTest {
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  @TempDir
  Path folder = Path.of(".");

  private interface Rank<T> {
    T with(Decoder decoder) throws Exception;
  }

  /** Two ranks; what each says, in rank order. */
  private static <T> List<Future<T>> together(FakeNccl fake, DecoderConfig config, Precision precision,
      Duration deadline, Rank<T> rank) {
    List<Future<T>> answers = new ArrayList<>();
    try (ExecutorService pool = Executors.newCachedThreadPool()) {
      for (Collective host : Collectives.threads(2, DEADLINE)) {
        answers.add(pool.submit(() -> {
          DeviceGroup group = DeviceGroup.join(fake.nccl(), fake.cuda(), host, host.rank(), deadline);
          try (Collective end = new DeviceBackedCollective(host, group);
              DecoderWeights weights = DecoderWeights.random(config, 5);
              Decoder decoder = ScriptDecoder.load(weights, new DecoderOptions(precision, 256, 1), end)) {
            return rank.with(decoder);
          }
        }));
      }
    }
    return answers;
  }

  static Stream<Arguments> kinds() {
    return Stream.of(Arguments.of(NINE_HEADS, Precision.FLOAT32, 2 * 3, 0), Arguments.of(NINE_HEADS, Precision.INT8,
        2 * 3, 2 * 3), Arguments.of(FALCON, Precision.FLOAT32, 2, 0), Arguments.of(FALCON, Precision.INT8, 2, 2));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aStepAddsOnTheDevice(DecoderConfig config, Precision precision, int sums, int maxima) throws Throwable {
    FakeNccl fake = FakeNccl.load(folder);
    // The second prompt is larger than the memory that the first one needed.
    List<DecoderStep> steps = List.of(prefills(prefill(tokens(9, 1), 0, 0)), prefills(prefill(tokens(70, 2), 0, 16)),
        prefills(prefill(tokens(5, 3), 0, 96)));
    List<Future<List<float[]>>> answers = together(fake, config, precision, DEADLINE, decoder -> {
      List<float[]> rows = new ArrayList<>();
      for (DecoderStep step : steps) {
        rows.addAll(logits(decoder, step));
      }
      return rows;
    });
    try (Decoder whole = SmallDecoders.load(config, precision, 256)) {
      for (int i = 0; i < steps.size(); i++) {
        assertThat(answers.getFirst().get().get(i)).containsExactly(logits(whole, steps.get(i)).getFirst(),
            within(1e-4f));
      }
    }
    assertThat(answers.getLast().get()).isEmpty();
    assertThat(fake.calls(Call.SET_DEVICE)).isEqualTo(2);
    assertThat(fake.calls(Call.INIT)).isEqualTo(2);
    assertThat(fake.calls(Call.SUM)).isEqualTo(2 * steps.size() * sums);
    assertThat(fake.calls(Call.LARGEST)).isEqualTo(2 * steps.size() * maxima);
    assertThat(fake.calls(Call.QUERY)).as("each step waits for its stream").isEqualTo(2 * steps.size() * 2);
    assertThat(fake.calls(Call.ABORT)).as("both ends have left").isEqualTo(2);
  }

  @Test
  void aDeviceThatDoesNotComeToAnEndIsGivenUp() throws Throwable {
    FakeNccl fake = FakeNccl.load(folder);
    fake.hang(true);
    try {
      List<Future<List<float[]>>> answers = together(fake, NINE_HEADS, Precision.FLOAT32, Duration.ofMillis(50),
          decoder -> logits(decoder, prefills(prefill(tokens(9, 1), 0, 0))));
      for (Future<List<float[]>> answer : answers) {
        assertThatThrownBy(answer::get).hasCauseInstanceOf(CollectiveException.class)
            .hasMessageContaining("waited for its device").hasMessageContaining("allowed is PT0.05S");
      }
      assertThat(fake.calls(Call.ABORT)).isEqualTo(2);
    } finally {
      fake.hang(false);
    }
  }

  @Test
  void aDeviceThatIsNotThereIsNamed() throws Throwable {
    FakeNccl fake = FakeNccl.load(folder);
    try (Collective host = Collectives.single()) {
      assertThatThrownBy(() -> DeviceGroup.join(fake.nccl(), fake.cuda(), host, 7, DEADLINE))
          .isInstanceOf(CollectiveException.class)
          .hasMessage("cudaSetDevice(7) failed with 101: invalid device ordinal");
    }
  }
}
