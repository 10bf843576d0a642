package org.clarion.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The model that comes with Clarion, through two whole clusters: drafts bring tokens and change no answer. */
class DraftProbeTest {
  @Test
  void answersAreTheSameWithDrafts() throws Exception {
    for (DraftProbe.Figures figures : DraftProbe.measure("clarion-tiny", "chest", 2, 8, List.of(1, 4))) {
      assertThat(figures.accepted()).as("of %s drafts", figures.drafted()).isPositive();
      assertThat(figures.same()).isEqualTo(figures.answers());
    }
  }
}
