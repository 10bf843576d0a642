package org.clarion.scheduler.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.Lease;
import org.clarion.scheduler.api.LeaseTable.Answer;
import org.clarion.scheduler.api.Member;
import org.clarion.scheduler.api.MemberId;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.TokenLog.Committed;
import org.junit.jupiter.api.Test;

/** Two members, one of which dies without a word. */
final class MemberLossTest {
  private static final int STEPS = 200;
  private static final long EPOCH = 1_700_000_000_000L;

  @Test
  void nothingIsLostWithOneMemberAndTheEpochRises() throws Exception {
    List<HazelcastCluster> members = TestClusters.start(TestClusters.configs(2, 1));
    HazelcastCluster dying = members.get(0);
    try (HazelcastCluster left = members.get(1)) {
      List<SessionKey> sessions = new ArrayList<>();
      List<GenerationKey> logs = new ArrayList<>();
      List<EmbeddingKey> images = new ArrayList<>();
      List<ReplicaId> replicas = new ArrayList<>();
      List<Lease> leases = new ArrayList<>();
      // So many that both members hold some.
      for (int i = 0; i < 24; i++) {
        SessionKey session = ClusterStateContract.session();
        sessions.add(session);
        dying.sessions().create(session, ClusterStateContract.record());
        GenerationKey log = ClusterStateContract.generation();
        logs.add(log);
        ClusterStateContract.done(dying.tokenLog().append(1, List.of(ClusterStateContract.entry(log, 0, i))));
        EmbeddingKey image = ClusterStateContract.embeddingKey();
        images.add(image);
        dying.embeddings().put(image, ClusterStateContract.embedding(), Duration.ofMinutes(5));
        ReplicaId replica = new ReplicaId(ClusterStateContract.fresh("replica"));
        replicas.add(replica);
        Answer answer = dying.leases().acquire(replica, new OwnerId("dying"), EPOCH, null);
        assertThat(answer).isInstanceOfSatisfying(Answer.Granted.class, granted -> leases.add(granted.lease()));
      }
      ReplicaId owned = replicas.getFirst();
      dying.membership().announce(
          new Member(new MemberId("dying"), Member.Role.SCHEDULER, "127.0.0.1:1", Optional.of(owned), 1));
      await().until(() -> left.membership().ownerOf(owned).isPresent());

      List<GenerationKey> busy = Stream.generate(ClusterStateContract::generation).limit(16).toList();
      for (int step = 0; step < STEPS; step++) {
        if (step == STEPS / 4) {
          Thread.ofPlatform().start(dying::terminate);
        }
        int index = step;
        ClusterStateContract.done(left.tokenLog().append(1,
            busy.stream().map(key -> ClusterStateContract.entry(key, index, index)).toList()));
      }
      await().until(() -> !dying.hazelcast().getLifecycleService().isRunning());

      assertThat(busy).allSatisfy(key -> assertThat(ClusterStateContract.done(left.tokenLog().read(key, 0)))
          .contains(new Committed(1, 0, IntStream.range(0, STEPS).toArray(), null)));
      assertThat(sessions).allSatisfy(
          session -> assertThat(left.sessions().find(session)).contains(ClusterStateContract.record()));
      for (int i = 0; i < logs.size(); i++) {
        assertThat(ClusterStateContract.done(left.tokenLog().claim(2, logs.get(i))))
            .isEqualTo(new Committed(2, 0, new int[]{i}, null));
      }
      assertThat(images).allSatisfy(
          image -> assertThat(left.embeddings().get(image)).contains(ClusterStateContract.embedding()));
      for (Lease lost : leases) {
        assertThat(left.leases().find(lost.replica())).contains(lost);
        Answer answer = left.leases().acquire(lost.replica(), new OwnerId("left"), 0, lost);
        assertThat(answer).isInstanceOfSatisfying(Answer.Granted.class,
            granted -> assertThat(granted.lease().epoch()).isGreaterThan(lost.epoch()));
      }
      await().until(() -> left.membership().ownerOf(owned).isEmpty());
    }
  }

  @Test
  void belowTheMinimumNothingIsWritten() throws Exception {
    List<HazelcastCluster> members = TestClusters.start(TestClusters.configs(2, 2));
    HazelcastCluster left = members.get(1);
    try {
      ReplicaId replica = new ReplicaId("replica");
      members.get(0).terminate();
      await().until(() -> left.hazelcast().getCluster().getMembers().size() == 1);
      assertThatExceptionOfType(ClusterUnavailableException.class)
          .isThrownBy(
              () -> left.leases().acquire(replica, new OwnerId("left"), EPOCH, null))
          .withMessageContaining("too few members");
      assertThatExceptionOfType(ClusterUnavailableException.class)
          .isThrownBy(() -> left.sessions().create(ClusterStateContract.session(), ClusterStateContract.record()));
    } finally {
      left.terminate();
    }
    assertThatExceptionOfType(ClusterUnavailableException.class)
        .isThrownBy(() -> left.sessions().find(ClusterStateContract.session()));
  }
}
