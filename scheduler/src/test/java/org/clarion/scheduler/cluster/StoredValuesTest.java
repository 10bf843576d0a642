package org.clarion.scheduler.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.clarion.scheduler.api.ImageHash;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.SessionRecord;
import org.clarion.scheduler.api.TokenLog;
import org.junit.jupiter.api.Test;

/** What is stored comes back as it was: the layouts of plain values, and which of two copies counts. */
final class StoredValuesTest {
  private static final byte[] BYTES = {1, 2, 3};

  @Test
  void sessionsOfAnyMixtureComeBack() {
    Random random = new Random(5);
    for (int round = 0; round < 100; round++) {
      List<Run> runs = new ArrayList<>();
      for (int i = random.nextInt(6); i > 0; i--) {
        byte[] hash = new byte[ImageHash.BYTES];
        random.nextBytes(hash);
        runs.add(random.nextBoolean()
            ? new Run.Tokens(random.ints(1 + random.nextInt(300), 0, 1 << (1 + random.nextInt(30))).toArray())
            : new Run.Image(ImageHash.of(hash), 1 + random.nextInt(64)));
      }
      SessionRecord session = new SessionRecord("modèle-" + round, runs, round, 1 + round, ClusterStateContract.NOW);
      assertThat(Codecs.session(Codecs.session(session))).isEqualTo(session);
    }
  }

  @Test
  void tokenIdsOfEverySizeComeBack() {
    int[] ids = {0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, Integer.MAX_VALUE, -1};
    assertThat(Codecs.tokens(Codecs.tokens(ids))).isEqualTo(ids);
    assertThat(Codecs.tokens(Codecs.tokens(new int[0]))).isEmpty();
  }

  @Test
  void ofTwoCopiesTheNewerIsKnown() {
    StoredLease lease = new StoredLease(new LeaseRule.State("a", 3, 10));
    assertThat(PreferNewest.newer(new StoredLease(new LeaseRule.State("b", 4, 5)), lease)).isTrue();
    assertThat(PreferNewest.newer(new StoredLease(new LeaseRule.State("a", 3, 11)), lease)).isTrue();
    assertThat(PreferNewest.newer(new StoredLease(new LeaseRule.State("b", 2, 99)), lease)).isFalse();
    assertThat(PreferNewest.newer(lease, lease)).isFalse();
    assertThat(PreferNewest.newer(new SealedSession(2, BYTES), new SealedSession(1, BYTES))).isTrue();
    SealedLog log = SealedLog.NONE.append(1, new SealedLog.Segment(0, 1, BYTES), null);
    assertThat(PreferNewest.newer(log.append(1, new SealedLog.Segment(1, 0, BYTES),
        new TokenLog.Ending("STOP", 1, 0, 1)), log)).isTrue();
  }

  @Test
  void nothingIsLeftToHazelcastsDefaults() {
    Config config = HazelcastSettings.of(ClusterConfig.embedded());
    assertThat(config.getProperty("hazelcast.phone.home.enabled")).isEqualTo("false");
    assertThat(config.getProperty("hazelcast.socket.bind.any")).isEqualTo("false");
    assertThat(config.getAdvancedNetworkConfig().isEnabled()).isTrue();
    assertThat(config.getAdvancedNetworkConfig().getEndpointConfigs()).hasSize(1);
    assertThat(config.getAdvancedNetworkConfig().getJoin().getMulticastConfig().isEnabled()).isFalse();
    assertThat(config.getAdvancedNetworkConfig().getJoin().getAutoDetectionConfig().isEnabled()).isFalse();
    assertThat(config.getMapConfig(HazelcastSettings.LEASES).getTimeToLiveSeconds()).isZero();
    assertThat(config.getMapConfig(HazelcastSettings.LEASES).getMaxIdleSeconds()).isZero();
    assertThat(config.getMapConfigs().values()).allMatch(map -> map.getBackupCount() >= 1);
  }
}
