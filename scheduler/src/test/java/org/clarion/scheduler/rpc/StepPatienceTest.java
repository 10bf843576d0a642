package org.clarion.scheduler.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StepPatienceTest {
  private final StepPatience patience = new StepPatience(Duration.ofSeconds(3), Duration.ofSeconds(30));

  @Test
  void longStepsHaveLonger() {
    assertThat(patience.limit(Duration.ZERO)).isEqualTo(Duration.ofSeconds(30));
    assertThat(patience.limit(Duration.ofMillis(20))).isEqualTo(Duration.ofSeconds(3));
    assertThat(patience.limit(Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(8));
  }

  @Test
  void whoWasLateGetsMoreUntilItKeepsUp() {
    patience.exceeded();
    patience.exceeded();
    assertThat(patience.limit(Duration.ofMillis(20))).isEqualTo(Duration.ofSeconds(12));
    for (int i = 0; i < 63; i++) {
      patience.kept();
    }
    assertThat(patience.limit(Duration.ofMillis(20))).isEqualTo(Duration.ofSeconds(12));
    patience.kept();
    assertThat(patience.limit(Duration.ofMillis(20))).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void evenThatHasALimit() {
    for (int i = 0; i < 100; i++) {
      patience.exceeded();
    }
    assertThat(patience.limit(Duration.ofMillis(20))).isEqualTo(Duration.ofSeconds(96));
  }
}
