package org.clarion.scheduler.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.clarion.rpc.Endpoint;
import org.clarion.scheduler.cluster.seal.ClusterSecret;

/** Members on loopback with free ports. */
final class TestClusters {
  private TestClusters() {}

  /** Configurations of members that find each other and nobody else. */
  static List<ClusterConfig> configs(int count, int minimumMembers) throws IOException {
    List<Endpoint> members = new ArrayList<>();
    List<ServerSocket> sockets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      sockets.add(socket);
      members.add(new Endpoint("127.0.0.1", socket.getLocalPort()));
    }
    for (ServerSocket socket : sockets) {
      socket.close();
    }
    ClusterConfig base = ClusterConfig.parse(Map.of(ClusterConfig.NAME, "test-" + members.getFirst().port(),
        ClusterConfig.PARTITIONS, 11, ClusterConfig.MINIMUM_MEMBERS, minimumMembers));
    ClusterSecret secret = ClusterSecret.random();
    return members.stream()
        .map(member -> new ClusterConfig(base.name(), member, members, base.minimumMembers(), base.sessionIdle(),
            base.logRetention(), base.deadline(), base.partitions(), secret, null))
        .toList();
  }

  /** Started one after the other. */
  static List<HazelcastCluster> start(List<ClusterConfig> configs) {
    return configs.stream().map(HazelcastCluster::start).toList();
  }
}
