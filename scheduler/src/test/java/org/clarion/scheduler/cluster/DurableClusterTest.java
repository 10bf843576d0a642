package org.clarion.scheduler.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.ImageHash;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.SessionId;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.SessionRecord;
import org.clarion.scheduler.api.SessionStore;
import org.clarion.scheduler.api.StoredEmbedding;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.cluster.database.DatabaseConfig;
import org.clarion.scheduler.cluster.database.TestDatabases;
import org.clarion.scheduler.cluster.seal.ClusterSecrets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is there after all members are gone. */
@Timeout(120)
class DurableClusterTest {
  private static final SessionKey SESSION = new SessionKey(new TenantId("clinic"), new SessionId("s1"));
  private static final EmbeddingKey IMAGE = new EmbeddingKey(SESSION.tenant(),
      new ImageHash("ab".repeat(ImageHash.BYTES)));
  private static final StoredEmbedding EMBEDDING = new StoredEmbedding("m", 1, 2,
      StoredEmbedding.ElementKind.FLOAT32, new byte[]{1, 2, 3, 4, 5, 6, 7, 8});
  private static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_000L);

  private static SessionRecord first() {
    return SessionRecord.first("m", List.of(new Run.Tokens(new int[]{1, 2, 3})), 1, NOW);
  }

  private static SessionRecord second() {
    return first().next(List.of(new Run.Tokens(new int[]{1, 2, 3, 4})), 2, NOW);
  }

  private static void talk(HazelcastCluster member) {
    assertThat(member.sessions().create(SESSION, first())).isTrue();
    assertThat(member.sessions().update(SESSION, second())).isEqualTo(SessionStore.Update.DONE);
    member.embeddings().put(IMAGE, EMBEDDING, Duration.ofMinutes(1));
    assertThat(member.embeddings().prolong(IMAGE, Duration.ofMinutes(10))).isTrue();
  }

  private static void assertThere(HazelcastCluster member) {
    assertThat(member.sessions().find(SESSION)).contains(second());
    assertThat(member.embeddings().get(IMAGE)).contains(EMBEDDING);
    assertThat(member.sessions().create(SESSION, first())).as("a session that is there").isFalse();
    assertThat(member.sessions().find(new SessionKey(new TenantId("other"), SESSION.id()))).isEmpty();
  }

  @Test
  void aMemberThatDiedAndItsFile(@TempDir Path folder) {
    ClusterConfig alone = TestClusters.with(ClusterConfig.embedded(), ClusterSecrets.random(),
        TestDatabases.file(folder));
    HazelcastCluster before = HazelcastCluster.start(alone);
    talk(before);
    before.terminate();
    HazelcastCluster after = HazelcastCluster.start(alone);
    try {
      assertThere(after);
      assertThat(after.durability().durable()).isTrue();
      after.sessions().remove(SESSION);
    } finally {
      after.terminate();
    }
    HazelcastCluster later = HazelcastCluster.start(alone);
    try {
      assertThat(later.sessions().find(SESSION)).isEmpty();
    } finally {
      later.close();
    }
  }

  @Test
  void allMembersDieWhileTheDatabaseComesAndGoes() throws Exception {
    try (EmbeddedPostgres server = TestDatabases.server(); TestLink link = TestLink.to(server.getPort())) {
      DatabaseConfig direct = TestDatabases.of(server);
      DatabaseConfig database = new DatabaseConfig(direct.url().replace(":" + server.getPort() + "/",
          ":" + link.port() + "/"), direct.user(), direct.password(), direct.patience(), direct.pending());
      List<ClusterConfig> configs = TestClusters.configs(2, 1).stream()
          .map(config -> TestClusters.with(config, config.secrets(),
              database))
          .toList();
      List<HazelcastCluster> members = TestClusters.start(configs);
      try {
        members.getFirst().sessions().create(SESSION, first());
        link.cut();
        assertThat(members.getLast().sessions().update(SESSION, second())).isEqualTo(SessionStore.Update.DONE);
        members.getLast().embeddings().put(IMAGE, EMBEDDING, Duration.ofMinutes(10));
        await().atMost(Duration.ofSeconds(20)).until(() -> members.stream().anyMatch(
            member -> member.durability().pending() > 0));
        assertThat(members.getFirst().sessions().find(SESSION)).as("in memory").contains(second());
        await().atMost(Duration.ofSeconds(20)).until(() -> members.stream().anyMatch(
            member -> member.durability().exhausted()));
        link.mend();
        await().atMost(Duration.ofSeconds(30)).until(() -> members.stream().allMatch(
            member -> member.durability().pending() == 0 && member.durability().behind().isZero()));
      } finally {
        members.forEach(HazelcastCluster::terminate);
      }
      List<HazelcastCluster> again = TestClusters.start(configs);
      try {
        assertThere(again.getLast());
      } finally {
        again.forEach(HazelcastCluster::terminate);
      }
    }
  }
}
