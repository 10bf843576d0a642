package org.clarion.engine.collective;

import java.time.Duration;
import java.util.List;

class SingleRankTest extends CollectiveContract {
  @Override
  List<Collective> group(int size, Duration deadline) {
    return List.of(Collectives.single());
  }

  @Override
  int[] sizes() {
    return new int[]{1};
  }
}
