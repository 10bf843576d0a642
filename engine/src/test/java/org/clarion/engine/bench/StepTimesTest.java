package org.clarion.engine.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StepTimesTest {
  @Test
  void sumsUpInAnyOrder() {
    double[] seconds = {5, 1, 4, 2, 3};

    assertThat(StepTimes.of(seconds)).isEqualTo(new StepTimes(5, 1, 3, 4.6));
    assertThat(seconds).containsExactly(5, 1, 4, 2, 3);
    assertThat(StepTimes.of(new double[]{7})).isEqualTo(new StepTimes(1, 7, 7, 7));
  }

  @Test
  void nothingHasNoTimes() {
    assertThatThrownBy(() -> StepTimes.of(new double[0])).isInstanceOf(IllegalArgumentException.class);
  }
}
