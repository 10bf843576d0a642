package org.clarion.llm.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.CollectiveContract;
import org.clarion.engine.collective.CollectiveException;
import org.clarion.llm.exec.RankGroup;
import org.clarion.rpc.RpcServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The star over loopback. */
class GrpcCollectiveTest extends CollectiveContract {
  private static final Duration SHORT = Duration.ofMillis(300);
  private final List<RpcServer> servers = new ArrayList<>();

  @AfterEach
  void stopServers() {
    servers.forEach(RpcServer::close);
  }

  @Override
  protected List<Collective> group(int size, Duration deadline) throws Exception {
    return form(ranks(size, DEADLINE, deadline), 1);
  }

  private List<RankGroup> ranks(int size, Duration forming, Duration deadline) throws Exception {
    GrpcLeader leader = new GrpcLeader(size, forming, deadline);
    RpcServer server = RpcServer.at("127.0.0.1:0").callbackHandlers().grace(Duration.ofMillis(50))
        .service(leader.service()).start();
    servers.add(server);
    List<RankGroup> ranks = new ArrayList<>(List.of(leader));
    for (int rank = 1; rank < size; rank++) {
      ranks.add(new GrpcFollower(rank, size, "127.0.0.1:" + server.port(), forming, deadline));
    }
    return ranks;
  }

  private static List<Collective> form(List<RankGroup> ranks, long epoch) throws Exception {
    List<Collective> ends = new ArrayList<>();
    try (ExecutorService pool = Executors.newCachedThreadPool()) {
      for (Future<Collective> end : ranks.stream().map(rank -> pool.submit(() -> rank.form("r", epoch))).toList()) {
        ends.add(end.get());
      }
    }
    return ends;
  }

  @Override
  protected int[] sizes() {
    return new int[]{1, 2, 3};
  }

  @Test
  void aGroupFormsAnewAfterAFailureAndWithANewEpoch() throws Exception {
    List<RankGroup> ranks = ranks(2, DEADLINE, SHORT);
    for (long epoch : new long[]{1, 1, 2}) {
      List<Collective> ends = form(ranks, epoch);
      assertThatThrownBy(() -> ends.getFirst().minimum(1)).isInstanceOf(CollectiveException.class);
      ends.forEach(Collective::close);
    }
  }

  @Test
  void aRankOfAnOlderEpochIsRefused() throws Exception {
    List<RankGroup> ranks = ranks(2, DEADLINE, DEADLINE);
    form(ranks, 7).forEach(Collective::close);
    assertThatThrownBy(() -> ranks.get(1).form("r", 6)).isInstanceOf(CollectiveException.class)
        .hasMessageContaining("epoch 6 is older than 7");
  }

  @Test
  void aRankOfAnotherGroupIsRefused() throws Exception {
    List<RankGroup> ranks = ranks(3, DEADLINE, DEADLINE);
    GrpcFollower stranger = new GrpcFollower(1, 2, "127.0.0.1:" + servers.getFirst().port(), DEADLINE, DEADLINE);
    assertThat(ranks).hasSize(3);
    assertThatThrownBy(() -> stranger.form("r", 1)).isInstanceOf(CollectiveException.class)
        .hasMessageContaining("rank 1 of 2 does not belong to a group of 3");
  }

  @Test
  void nobodyWaitsForEverWhenForming() throws Exception {
    List<RankGroup> ranks = ranks(2, SHORT, DEADLINE);
    assertThatThrownBy(() -> ranks.get(1).form("r", 1)).isInstanceOf(CollectiveException.class)
        .hasMessageContaining("has not welcomed rank 1").hasMessageContaining("" + SHORT);
    // A leader of its own: the one above may not have heard yet that its rank gave up.
    RankGroup alone = ranks(2, SHORT, DEADLINE).getFirst();
    assertThatThrownBy(() -> alone.form("r", 1)).isInstanceOf(CollectiveException.class)
        .hasMessageContaining("1 of 2 ranks");
    assertThatThrownBy(() -> new GrpcFollower(1, 2, "127.0.0.1:1", SHORT, SHORT).form("r", 1))
        .isInstanceOf(CollectiveException.class).hasMessageContaining("127.0.0.1:1");
  }
}
