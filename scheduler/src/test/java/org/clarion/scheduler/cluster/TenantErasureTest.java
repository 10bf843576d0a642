package org.clarion.scheduler.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.SessionId;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.SessionRecord;
import org.clarion.scheduler.api.StoredEmbedding;
import org.clarion.scheduler.api.TenantErasedException;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.cluster.database.Database;
import org.clarion.scheduler.cluster.database.DatabaseConfig;
import org.clarion.scheduler.cluster.database.Row;
import org.clarion.scheduler.cluster.database.TestDatabases;
import org.clarion.scheduler.cluster.seal.ClusterSecrets;
import org.clarion.scheduler.cluster.seal.KeyRing;
import org.clarion.scheduler.cluster.seal.SealBrokenException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Keys and erasure where a database keeps what members hold. */
@Timeout(180)
final class TenantErasureTest {
  private static final TenantId CLINIC = new TenantId("clinic");
  private static final SessionKey SESSION = new SessionKey(CLINIC, new SessionId("s1"));
  private static final SessionKey ELSEWHERE = new SessionKey(new TenantId("other"), new SessionId("s1"));
  private static final EmbeddingKey IMAGE = new EmbeddingKey(CLINIC, ClusterStateContract.embeddingKey().image());

  private final ClusterSecrets secrets = ClusterSecrets.random();

  private static SessionRecord record() {
    return ClusterStateContract.record();
  }

  private static StoredEmbedding embedding() {
    return ClusterStateContract.embedding();
  }

  private static void talk(HazelcastCluster member) {
    assertThat(member.sessions().create(SESSION, record())).isTrue();
    assertThat(member.sessions().create(ELSEWHERE, record())).isTrue();
    member.embeddings().put(IMAGE, embedding(), Duration.ofMinutes(10));
  }

  private static List<Row> rows(Database database, String map, StoreKey key) {
    return database.read(map, List.of(new Row.Key(key.tenant(), key.id())), Instant.now());
  }

  /** What a copy of the database from before holds does not open, and not after the tenant is admitted again. */
  @Test
  void aBackupOfAnErasedTenantDoesNotOpen(@TempDir Path folder) {
    ClusterConfig alone = TestClusters.with(ClusterConfig.embedded(), secrets, TestDatabases.file(folder));
    HazelcastCluster member = HazelcastCluster.start(alone);
    talk(member);
    member.terminate();
    List<Row> sessions;
    List<Row> embeddings;
    try (Database database = Database.open(TestDatabases.file(folder))) {
      sessions = rows(database, HazelcastSettings.SESSIONS, StoreKey.of(SESSION));
      embeddings = rows(database, HazelcastSettings.EMBEDDINGS, StoreKey.of(IMAGE));
      assertThat(sessions).hasSize(1);
      assertThat(embeddings).hasSize(1);
    }
    try (ClusterVisit operator = ClusterVisit.of(alone)) {
      operator.tenants().erase(CLINIC);
      assertThat(operator.tenants().all().get(CLINIC)).isEqualTo(new HazelcastTenants.Status(0, List.of(), true));
    }
    try (Database database = Database.open(TestDatabases.file(folder))) {
      assertThat(rows(database, HazelcastSettings.SESSIONS, StoreKey.of(SESSION))).isEmpty();
      assertThat(rows(database, HazelcastSettings.EMBEDDINGS, StoreKey.of(IMAGE))).isEmpty();
      assertThat(rows(database, HazelcastSettings.SESSIONS, StoreKey.of(ELSEWHERE))).hasSize(1);
      database.write(HazelcastSettings.SESSIONS, sessions);
      database.write(HazelcastSettings.EMBEDDINGS, embeddings);
    }
    HazelcastCluster restored = HazelcastCluster.start(alone);
    try {
      assertThat(restored.sessions().find(ELSEWHERE)).contains(record());
      assertThatExceptionOfType(TenantErasedException.class).isThrownBy(() -> restored.sessions().find(SESSION));
      assertThatExceptionOfType(TenantErasedException.class).isThrownBy(() -> restored.embeddings().get(IMAGE));
      restored.tenants().admit(CLINIC);
      assertThatExceptionOfType(SealBrokenException.class).isThrownBy(() -> restored.sessions().find(SESSION));
      assertThatExceptionOfType(SealBrokenException.class).isThrownBy(() -> restored.embeddings().get(IMAGE));
      restored.sessions().remove(SESSION);
      assertThat(restored.sessions().create(SESSION, record())).isTrue();
      assertThat(restored.sessions().find(SESSION)).contains(record());
    } finally {
      restored.terminate();
    }
  }

  @Test
  void membersShareKeysAndForgetThemTogether() throws Exception {
    try (EmbeddedPostgres server = TestDatabases.server();
        TestLink link = TestLink.to(server.getPort());
        Database database = Database.open(TestDatabases.of(server))) {
      DatabaseConfig direct = TestDatabases.of(server);
      DatabaseConfig linked = new DatabaseConfig(direct.url().replace(":" + server.getPort() + "/",
          ":" + link.port() + "/"), direct.user(), direct.password(), direct.patience(), direct.pending());
      List<ClusterConfig> configs = TestClusters.configs(2, 1).stream()
          .map(config -> TestClusters.with(config, secrets, linked)).toList();
      List<HazelcastCluster> members = TestClusters.start(configs);
      try {
        oneKeyForAll(members, database);
        noNewTenantsWithoutTheDatabase(members, link);
        anErasureThatNobodyWasToldOf(members, database);
      } finally {
        members.forEach(HazelcastCluster::terminate);
      }
      List<HazelcastCluster> again = TestClusters.start(configs);
      try {
        assertThat(again.getLast().sessions().find(ELSEWHERE)).contains(record());
        assertThatExceptionOfType(TenantErasedException.class)
            .isThrownBy(() -> again.getFirst().sessions().create(SESSION, record()));
      } finally {
        again.forEach(HazelcastCluster::terminate);
      }
    }
  }

  private static void oneKeyForAll(List<HazelcastCluster> members, Database database) throws Exception {
    List<Boolean> made = ClusterStateContract.together(8, i -> members.get(i % 2).sessions().create(
        new SessionKey(CLINIC, new SessionId("together-" + i)), record()));
    assertThat(made).containsOnly(true);
    // The derived one and one more.
    assertThat(database.rings().find(CLINIC).orElseThrow().keys()).hasSize(2);
    talk(members.getFirst());
  }

  private static void noNewTenantsWithoutTheDatabase(List<HazelcastCluster> members, TestLink link) {
    link.cut();
    SessionKey unknown = new SessionKey(new TenantId("unknown"), SESSION.id());
    assertThatExceptionOfType(ClusterUnavailableException.class)
        .isThrownBy(() -> members.getFirst().sessions().create(unknown, record())).withMessageContaining("keys");
    assertThat(members.getLast().sessions().update(SESSION, record().next(List.of(), 2, ClusterStateContract.NOW)))
        .as("a tenant whose key is in memory").isNotNull();
    link.mend();
    await().atMost(Duration.ofSeconds(30)).until(() -> members.stream().allMatch(
        member -> member.durability().pending() == 0 && member.durability().behind().isZero()));
    assertThat(members.getFirst().sessions().create(unknown, record())).isTrue();
    assertThat(members.getLast().sessions().find(unknown)).contains(record());
  }

  /** Whoever erased died after the first thing that erasing does. */
  private static void anErasureThatNobodyWasToldOf(List<HazelcastCluster> members, Database database) {
    KeyRing ring = database.rings().find(CLINIC).orElseThrow();
    assertThat(database.rings().offer(CLINIC, ring.destroyed()).erased()).isTrue();
    for (HazelcastCluster member : members) {
      await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThatExceptionOfType(TenantErasedException.class)
          .isThrownBy(() -> member.sessions().find(SESSION)));
      assertThatExceptionOfType(TenantErasedException.class).isThrownBy(() -> member.embeddings().get(IMAGE));
      assertThat(member.sessions().find(ELSEWHERE)).contains(record());
    }
    members.getLast().tenants().erase(CLINIC);
    assertThat(members.getFirst().sessions().find(SESSION)).as("erased to the end").isEmpty();
    assertThat(rows(database, HazelcastSettings.SESSIONS, StoreKey.of(SESSION))).isEmpty();
  }
}
