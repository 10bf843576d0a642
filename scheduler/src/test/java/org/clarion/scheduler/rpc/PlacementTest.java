package org.clarion.scheduler.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.clarion.scheduler.api.ClusterState;
import org.clarion.scheduler.api.Member;
import org.clarion.scheduler.api.MemberId;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.api.SessionId;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.cluster.memory.MemoryCluster;
import org.clarion.scheduler.core.Router;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PlacementTest {
  private final MemoryCluster shared = new MemoryCluster(InstantSource.system(), Duration.ofMinutes(5),
      Duration.ofMinutes(5));
  private final ClusterState one = shared.join();
  private final ClusterState two = shared.join();
  private final Placement placement = new Placement("m", two.membership(), new Router(32, 64, 1024));

  @AfterEach
  void close() {
    one.close();
    two.close();
  }

  @Test
  void sessionsSpreadAndStayWhenAReplicaLeaves() {
    for (int i = 0; i < 4; i++) {
      announce(i, "m", 0, 0);
    }
    Map<String, String> homes = new HashMap<>();
    IntStream.range(0, 400).forEach(i -> homes.put("s" + i, chosen("s" + i)));
    for (int i = 0; i < 4; i++) {
      String endpoint = endpoint(i);
      assertThat(homes.values().stream().filter(endpoint::equals).count()).isBetween(70L, 130L);
    }
    one.membership().withdraw(new MemberId("owner-2"));
    homes.forEach((session, home) -> {
      if (home.equals(endpoint(2))) {
        assertThat(chosen(session)).isNotEqualTo(home);
      } else {
        assertThat(chosen(session)).isEqualTo(home);
      }
    });
  }

  @Test
  void aSessionLeavesAHomeThatHasTooMuchToDo() {
    announce(0, "m", 0, 0);
    announce(1, "m", 0, 0);
    String home = chosen("s");
    int mine = home.equals(endpoint(0)) ? 0 : 1;
    announce(mine, "m", 0, 1024 + 64);
    assertThat(chosen("s")).as("within the slack").isEqualTo(home);
    announce(mine, "m", 1, 1024 + 64);
    assertThat(chosen("s")).isEqualTo(endpoint(1 - mine));
  }

  @Test
  void onlyWhoServesTheModelIsAsked() {
    assertThat(placement.choose(session("s"), 10)).isEmpty();
    announce(0, "other", 0, 0);
    one.membership().announce(new Member(new MemberId("standby"), Member.Role.SCHEDULER, "standby:1",
        Optional.empty(), 0));
    assertThat(placement.choose(session("s"), 10)).isEmpty();
    announce(1, "m", 50, 50_000);
    assertThat(chosen("s")).isEqualTo(endpoint(1));
  }

  @Test
  void ofTwoOwnersTheLaterOneIsAsked() {
    announce(0, "m", 0, 0);
    one.membership().announce(new Member(new MemberId("later"), Member.Role.SCHEDULER, "later:1",
        Optional.of(new ReplicaId("r0")), 2, Optional.of(new Member.Offer("m", 0, 0))));
    assertThat(List.of(chosen("a"), chosen("b"), chosen("c"))).containsOnly("later:1");
  }

  private String chosen(String session) {
    return placement.choose(session(session), 100).orElseThrow().endpoint();
  }

  private static SessionKey session(String id) {
    return new SessionKey(new TenantId("clinic"), new SessionId(id));
  }

  private static String endpoint(int replica) {
    return "host-" + replica + ":1";
  }

  private void announce(int replica, String model, int active, long queued) {
    one.membership().announce(new Member(new MemberId("owner-" + replica), Member.Role.SCHEDULER, endpoint(replica),
        Optional.of(new ReplicaId("r" + replica)), 1, Optional.of(new Member.Offer(model, active, queued))));
  }
}
