package org.clarion.engine.collective;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ThreadCollectiveTest extends CollectiveContract {
  @Override
  protected List<Collective> group(int size, Duration deadline) {
    return Collectives.threads(size, deadline);
  }

  @Override
  protected int[] sizes() {
    return new int[]{1, 2, 3};
  }

  @Test
  void refusesAnEmptyGroupAndNoDeadline() {
    assertThatThrownBy(() -> Collectives.threads(0, DEADLINE)).hasMessageContaining("group of 0");
    assertThatThrownBy(() -> Collectives.threads(2, Duration.ZERO)).hasMessageContaining("PT0S");
  }
}
