package org.clarion.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.clarion.deploy.bench.ServingProbe.Figures;
import org.clarion.deploy.bench.ServingProbe.Run;
import org.clarion.rpc.Endpoint;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The probe counts what it sends, with and without sockets between the roles; how fast is not this test's matter. */
class ServingProbeTest {
  private static final int STREAMS = 3;
  private static final int NEW_TOKENS = 8;

  @ParameterizedTest
  @ValueSource(strings = {Endpoint.IN_PROCESS, "127.0.0.1"})
  void measuresEveryTokenOfEveryStream(String host) throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
      List<Figures> figures = ServingProbe.measure(
          new Run("tiny", new FakeEngine.Pace(100_000, 1), host, NEW_TOKENS, 0, List.of(STREAMS), List.of()), out);

      assertThat(figures).singleElement().satisfies(one -> {
        // The first token of each stream is the prefill's.
        assertThat(one.tokens()).isGreaterThanOrEqualTo((long) STREAMS * (NEW_TOKENS - 1));
        assertThat(one.steps()).isBetween(NEW_TOKENS - 1L, one.tokens());
        assertThat(one.idleMicros()).isNotNegative();
      });
    }
    assertThat(printed.toString(StandardCharsets.UTF_8)).contains(STREAMS + " streams:");
  }
}
