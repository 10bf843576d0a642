package org.clarion.scheduler.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import org.clarion.scheduler.api.ClusterState;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.cluster.memory.MemoryCluster;

/** The contract, kept inside one process with a clock of its own. */
final class MemoryClusterTest extends ClusterStateContract {
  private static final Duration GRAIN = Duration.ofSeconds(30);

  private Instant clock = NOW;
  private final MemoryCluster cluster = new MemoryCluster(() -> clock, SESSION_IDLE, LOG_RETENTION);
  private final ClusterState one = cluster.join();
  private final ClusterState two = cluster.join();

  @Override
  ClusterState one() {
    return one;
  }

  @Override
  ClusterState two() {
    return two;
  }

  @Override
  Duration sessionLife(SessionKey key) {
    // Looking is a touch here, so that each look at a later time needs a fresh start.
    Duration life = SESSION_IDLE;
    Instant start = clock;
    clock = start.plus(life).minusMillis(1);
    boolean before = one.sessions().find(key).isPresent();
    Instant touched = clock;
    clock = touched.plus(life);
    boolean after = one.sessions().find(key).isPresent();
    clock = touched;
    return before && !after ? life : Duration.ZERO;
  }

  @Override
  Duration logLife(GenerationKey key) {
    return life(() -> done(one.tokenLog().read(key, 0)).isPresent());
  }

  @Override
  Duration embeddingLife(EmbeddingKey key) {
    return life(() -> one.embeddings().get(key).isPresent());
  }

  private Duration life(BooleanSupplier present) {
    Instant start = clock;
    Duration life = Duration.ZERO;
    while (present.getAsBoolean()) {
      life = life.plus(GRAIN);
      clock = start.plus(life);
      assertThat(life).isLessThan(Duration.ofHours(1));
    }
    clock = start;
    return life;
  }
}
