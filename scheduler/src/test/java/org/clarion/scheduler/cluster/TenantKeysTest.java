package org.clarion.scheduler.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.map.LocalMapStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.SessionRecord;
import org.clarion.scheduler.api.TenantErasedException;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.cluster.seal.ClusterSecret;
import org.clarion.scheduler.cluster.seal.ClusterSecrets;
import org.clarion.scheduler.cluster.seal.SealBrokenException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Keys of tenants among members that come and go, that know different secrets, and that are of different releases. */
@Timeout(120)
final class TenantKeysTest {
  private static final ClusterSecret OLD = ClusterSecret.random();
  private static final ClusterSecret NEW = ClusterSecret.random();
  private static final ClusterSecrets BEFORE = new ClusterSecrets(OLD, List.of());
  private static final ClusterSecrets BOTH = new ClusterSecrets(NEW, List.of(OLD));
  private static final ClusterSecrets AFTER = new ClusterSecrets(NEW, List.of());

  private final List<HazelcastCluster> started = new ArrayList<>();

  @AfterEach
  void stop() {
    started.forEach(HazelcastCluster::terminate);
  }

  private HazelcastCluster start(ClusterConfig config, ClusterSecrets secrets) {
    HazelcastCluster member = HazelcastCluster.start(TestClusters.with(config, secrets, null));
    started.add(member);
    return member;
  }

  /** Dies once the other one has copies of everything. */
  private static void die(HazelcastCluster member, HazelcastCluster other) {
    // A cluster also counts as safe before it has begun to make copies.
    await().atMost(Duration.ofSeconds(20)).until(() -> member.hazelcast().getPartitionService().isClusterSafe()
        && hasAll(other, HazelcastSettings.KEYS) && hasAll(other, HazelcastSettings.SESSIONS));
    member.terminate();
    await().atMost(Duration.ofSeconds(20)).until(() -> other.hazelcast().getCluster().getMembers().size() == 1);
  }

  private static boolean hasAll(HazelcastCluster member, String name) {
    IMap<?, ?> map = member.hazelcast().getMap(name);
    LocalMapStats here = map.getLocalMapStats();
    return here.getOwnedEntryCount() + here.getBackupEntryCount() == map.size();
  }

  private static SessionKey talk(HazelcastCluster member, String tenant) {
    SessionKey key = new SessionKey(new TenantId(tenant), ClusterStateContract.session().id());
    assertThat(member.sessions().create(key, record())).isTrue();
    return key;
  }

  private static SessionRecord record() {
    return ClusterStateContract.record();
  }

  private static byte format(HazelcastCluster member, SessionKey key) {
    SealedSession stored = member.hazelcast().<StoreKey, SealedSession>getMap(HazelcastSettings.SESSIONS)
        .get(StoreKey.of(key));
    assertThat(stored).isNotNull();
    return stored.sealed()[0];
  }

  @Test
  void theSecretIsChangedMemberByMember() throws Exception {
    List<ClusterConfig> configs = TestClusters.configs(2, 1);
    HazelcastCluster a = start(configs.get(0), BEFORE);
    HazelcastCluster b = start(configs.get(1), BEFORE);
    SessionKey first = talk(a, "first");
    die(b, a);
    b = start(configs.get(1), BOTH);
    SessionKey second = talk(b, "second");
    assertThat(a.sessions().find(second)).as("wrapped as both can unwrap it").contains(record());
    HazelcastCluster unready = b;
    assertThatIllegalStateException().isThrownBy(() -> unready.tenants().rewrap((_, _) -> {
    })).withMessageContaining(String.valueOf(configs.get(0).bind().port()));

    die(a, b);
    a = start(configs.get(0), BOTH);
    List<Integer> told = new ArrayList<>();
    assertThat(a.tenants().rewrap((done, total) -> told.add(done * 10 + total))).isEmpty();
    assertThat(told).containsExactly(12, 22);
    assertThat(b.tenants().all().values()).allMatch(status -> status.wrappedBy().equals(List.of(NEW.id())));

    die(b, a);
    b = start(configs.get(1), AFTER);
    die(a, b);
    for (SessionKey key : List.of(first, second)) {
      assertThat(b.sessions().find(key)).contains(record());
    }
    talk(b, "third");
  }

  @Test
  void aMemberWithAnotherSecretStaysOut() throws Exception {
    List<ClusterConfig> configs = TestClusters.configs(2, 1);
    HazelcastCluster a = start(configs.get(0), BEFORE);
    assertThatIllegalArgumentException().isThrownBy(() -> start(configs.get(1), AFTER))
        .withMessageContaining("secret-file").withMessageContaining(OLD.id()).withMessageContaining(NEW.id());
    await().until(() -> a.hazelcast().getCluster().getMembers().size() == 1);
    talk(a, "clinic");
  }

  @Test
  void aKeyThatNoKnownSecretWrapsIsNamed() throws Exception {
    List<ClusterConfig> configs = TestClusters.configs(2, 1);
    HazelcastCluster a = start(configs.get(0), BEFORE);
    SessionKey key = talk(a, "clinic");
    die(a, start(configs.get(1), BOTH));
    HazelcastCluster late = start(configs.get(0), AFTER);
    assertThatExceptionOfType(SealBrokenException.class)
        .isThrownBy(() -> late.sessions().find(key)).withMessageContaining("clinic").withMessageContaining(OLD.id());
    assertThat(late.tenants().rewrap((_, _) -> {
    })).containsExactly(key.tenant());
    late.tenants().erase(key.tenant());
    assertThat(late.sessions().find(key)).isEmpty();
  }

  @Test
  void besideMembersOfTheReleaseBeforeTheDerivedKeySeals() throws Exception {
    List<ClusterConfig> configs = TestClusters.configs(2, 1);
    ClusterConfig older = TestClusters.with(configs.get(0), BEFORE, null);
    Config settings = HazelcastSettings.of(older);
    settings.getMemberAttributeConfig().setAttributes(Map.of());
    HazelcastInstance before = Hazelcast.newHazelcastInstance(settings);
    HazelcastCluster member = start(configs.get(1), BEFORE);
    SessionKey key = talk(member, "clinic");
    assertThat(format(member, key)).isEqualTo((byte) 1);
    assertThat(member.sessions().find(key)).contains(record());
    assertThatIllegalStateException().isThrownBy(() -> member.tenants().erase(key.tenant()))
        .withMessageContaining("older release");
    before.shutdown();
    await().atMost(Duration.ofSeconds(20)).until(() -> member.hazelcast().getCluster().getMembers().size() == 1);
    assertThat(member.sessions().find(key)).as("of before").contains(record());
    member.sessions().update(key, record().next(List.of(), 1, ClusterStateContract.NOW));
    assertThat(format(member, key)).as("written again").isEqualTo((byte) 2);
    assertThat(format(member, talk(member, "other"))).isEqualTo((byte) 2);
  }

  @Test
  void aVisitorErasesWhatRunningMembersHold() throws Exception {
    List<ClusterConfig> configs = TestClusters.configs(2, 1);
    HazelcastCluster a = start(configs.get(0), BEFORE);
    HazelcastCluster b = start(configs.get(1), BEFORE);
    SessionKey key = talk(a, "clinic");
    assertThat(b.sessions().find(key)).isPresent();
    try (ClusterVisit visitor = ClusterVisit.of(TestClusters.with(configs.get(0), BEFORE, null))) {
      assertThat(visitor.tenants().all()).containsOnlyKeys(key.tenant());
      visitor.tenants().erase(key.tenant());
    }
    for (HazelcastCluster member : List.of(a, b)) {
      assertThat(member.sessions().find(key)).isEmpty();
      assertThatExceptionOfType(TenantErasedException.class)
          .isThrownBy(() -> member.sessions().create(key, record()));
    }
    talk(a, "other");
  }

  @Test
  void nobodyIsVisitedWhereNobodyIs() throws Exception {
    ClusterConfig nowhere = TestClusters.with(TestClusters.configs(1, 1).getFirst(), BEFORE, null);
    assertThatExceptionOfType(ClusterUnavailableException.class).isThrownBy(() -> ClusterVisit.of(nowhere))
        .withMessageContaining(nowhere.bind().toString());
  }

  @Test
  void aRingThatWasLostWithItsMembersComesBack() throws Exception {
    HazelcastCluster a = start(TestClusters.configs(1, 1).getFirst(), BEFORE);
    SessionKey key = talk(a, "clinic");
    Map<String, Object> rings = a.hazelcast().getMap(HazelcastSettings.KEYS);
    rings.remove("clinic");
    await().atMost(Duration.ofSeconds(30)).until(() -> rings.containsKey("clinic"));
    assertThat(a.sessions().find(key)).contains(record());
  }
}
