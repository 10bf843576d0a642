package org.clarion.scheduler.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.clarion.rpc.Endpoint;
import org.clarion.scheduler.cluster.database.DatabaseConfig;
import org.clarion.scheduler.cluster.seal.ClusterSecrets;
import org.jspecify.annotations.Nullable;

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
    ClusterSecrets secrets = ClusterSecrets.random();
    return members.stream()
        .map(member -> new ClusterConfig(base.name(), member, members, base.minimumMembers(), base.sessionIdle(),
            base.logRetention(), base.deadline(), base.partitions(), secrets, null))
        .toList();
  }

  /** The same with other secrets, and with a database or without. */
  static ClusterConfig with(ClusterConfig base, ClusterSecrets secrets, @Nullable DatabaseConfig database) {
    return new ClusterConfig(base.name(), base.bind(), base.members(), base.minimumMembers(), base.sessionIdle(),
        base.logRetention(), base.deadline(), base.partitions(), secrets, database);
  }

  /** Started one after the other. */
  static List<HazelcastCluster> start(List<ClusterConfig> configs) {
    return configs.stream().map(HazelcastCluster::start).toList();
  }
}
