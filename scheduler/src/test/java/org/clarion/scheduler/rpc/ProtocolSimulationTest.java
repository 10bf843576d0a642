package org.clarion.scheduler.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Hundreds of thousands of schedules of the protocol between owners, log and readers ({@link ProtocolWorld}). One that
 * fails names its seed, and {@code -Dclarion.protocol.seed=SEED} runs that one alone;
 * {@code -Dclarion.protocol.schedules=N} runs so many.
 */
class ProtocolSimulationTest {
  private static final int SCHEDULES = 100_000;
  private static final int FEW = 6_000;

  @Test
  void everyReaderGetsTheOneTextWhateverBreaksWhen() {
    Long seed = Long.getLong("clarion.protocol.seed");
    int schedules = Integer.getInteger("clarion.protocol.schedules", SCHEDULES);
    long events = (seed == null ? LongStream.range(0, schedules) : LongStream.of(seed)).parallel()
        .map(ProtocolSimulationTest::run).sum();
    assertThat(events).isPositive();
  }

  /** For what is broken on purpose: it has to be noticed within so few. */
  void aFewSchedules() {
    LongStream.range(0, FEW).forEach(ProtocolSimulationTest::run);
  }

  private static long run(long seed) {
    ProtocolWorld world = new ProtocolWorld(seed);
    try {
      world.run();
      return world.count;
    } catch (ProtocolWorld.Violation | RuntimeException e) {
      throw new AssertionError("schedule " + seed + " at " + world.now + " ms: " + e.getMessage()
          + "; again with -Dclarion.protocol.seed=" + seed, e);
    }
  }
}
