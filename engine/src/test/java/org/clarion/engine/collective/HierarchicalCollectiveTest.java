package org.clarion.engine.collective;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two "processes" of threads each, joined by a third group of threads. */
class HierarchicalCollectiveTest extends CollectiveContract {
  @Override
  protected List<Collective> group(int size, Duration deadline) {
    int processes = size == 1 ? 1 : 2;
    List<Collective> outside = Collectives.threads(processes, deadline);
    List<Collective> ends = new ArrayList<>();
    for (int process = 0; process < processes; process++) {
      for (Collective inside : Collectives.threads(size / processes, deadline)) {
        ends.add(Collectives.twoLevels(inside, inside.rank() == 0 ? outside.get(process) : null, process, processes));
      }
    }
    return ends;
  }

  @Override
  protected int[] sizes() {
    return new int[]{1, 2, 4};
  }

  @Override
  protected boolean sumsFlat() {
    return false;
  }

  @Test
  void levelsMustFit() {
    List<Collective> inside = Collectives.threads(2, DEADLINE);
    assertThatThrownBy(() -> Collectives.twoLevels(inside.get(0), null, 0, 1)).hasMessageContaining("rank 0 does not");
    assertThatThrownBy(() -> Collectives.twoLevels(inside.get(0), Collectives.single(), 1, 2))
        .hasMessageContaining("process 1 of 2 is rank 0 of 1");
  }
}
