package org.clarion.engine.collective;

import java.time.Duration;
import java.util.List;

class SingleRankTest extends CollectiveContract {
  @Override
  protected List<Collective> group(int size, Duration deadline) {
    return List.of(Collectives.single());
  }

  @Override
  protected int[] sizes() {
    return new int[]{1};
  }
}
