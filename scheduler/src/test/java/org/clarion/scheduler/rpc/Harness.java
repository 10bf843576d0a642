package org.clarion.scheduler.rpc;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.rpc.Embedding;
import org.clarion.rpc.EmbeddingSender;
import org.clarion.scheduler.api.ClusterState;
import org.clarion.scheduler.api.Lease;
import org.clarion.scheduler.api.LeaseTable;
import org.clarion.scheduler.api.Member;
import org.clarion.scheduler.api.MemberId;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.cluster.memory.MemoryCluster;
import org.clarion.scheduler.core.SchedulerLimits;
import org.clarion.scheduler.core.SchedulerPolicy;

/** A replica of fake ranks and its schedulers, all within one process. */
final class Harness implements AutoCloseable {
  static final String MODEL = "fake";
  static final SchedulerLimits LIMITS = new SchedulerLimits(64, 16, 8, 32, 16, 32, Duration.ofSeconds(20));

  final String prefix = UUID.randomUUID().toString();
  final MemoryCluster memory = new MemoryCluster(InstantSource.system(), Duration.ofMinutes(5), Duration.ofMinutes(5));
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final List<FakeWorker> workers = new ArrayList<>();
  final List<Node> nodes = new ArrayList<>();
  private final ExecutorService handlers = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Server> servers = new ArrayList<>();
  private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();
  private final List<String> ranks = new ArrayList<>();
  private final SchedulerLimits limits;
  private final Duration patience;
  private final Duration grace;

  /** One scheduler. */
  static final class Node implements AutoCloseable {
    final ClusterState cluster;
    final ReplicaService service;
    final OwnerId owner;
    final String name;
    final ReplicaId replica;

    Node(ClusterState cluster, ReplicaService service, OwnerId owner, String name, ReplicaId replica) {
      this.replica = replica;
      this.cluster = cluster;
      this.service = service;
      this.owner = owner;
      this.name = name;
    }

    @Override
    public void close() {
      service.close();
      cluster.close();
    }
  }

  /**
   * A replica with one scheduler that owns nothing yet.
   *
   * @param patience
   *          with ranks that open, and with their steps
   */
  Harness(int rankCount, int arenaTokens, SchedulerLimits limits, Duration patience) throws IOException {
    this(rankCount, arenaTokens, limits, patience, Duration.ofMinutes(1));
  }

  Harness(int rankCount, int arenaTokens, SchedulerLimits limits, Duration patience, Duration grace)
      throws IOException {
    this.limits = limits;
    this.patience = patience;
    this.grace = grace;
    for (int rank = 0; rank < rankCount; rank++) {
      FakeWorker worker = new FakeWorker(arenaTokens, 256);
      workers.add(worker);
      String name = prefix + "-rank-" + rank;
      ranks.add(name);
      servers.add(InProcessServerBuilder.forName(name).executor(handlers).addService(worker)
          .addService(worker.embeddings()).build().start());
    }
    addNode();
  }

  static Harness of(int ranks) throws IOException {
    return new Harness(ranks, 1024, LIMITS, Duration.ofSeconds(20));
  }

  /** Another scheduler of the replica, owning nothing yet. */
  Node addNode() throws IOException {
    return addNode(new ReplicaId("r"), ranks);
  }

  /** Another replica of the same model, of one rank, and its scheduler, owning nothing yet. */
  Node addReplica(String id) throws IOException {
    FakeWorker worker = new FakeWorker(1024, 256);
    workers.add(worker);
    String name = prefix + "-rank-of-" + id;
    servers.add(InProcessServerBuilder.forName(name).executor(handlers).addService(worker)
        .addService(worker.embeddings()).build().start());
    return addNode(new ReplicaId(id), List.of(name));
  }

  private Node addNode(ReplicaId replica, List<String> rankNames) throws IOException {
    ClusterState cluster = memory.join();
    String name = prefix + "-scheduler-" + nodes.size();
    OwnerId owner = new OwnerId("owner-" + nodes.size());
    CompletableFuture<Node> self = new CompletableFuture<>();
    ReplicaService service = new ReplicaService(new ReplicaSpec(replica, MODEL, rankNames),
        new ReplicaService.Rules(limits, SchedulerPolicy.DEFAULT.with(new SchedulerPolicy.Speculation(4))),
        new ReplicaService.Patience(patience, patience, Duration.ofSeconds(10),
            Duration.ofMinutes(5), grace),
        new ReplicaService.Surroundings(cluster, this::channel, () -> name,
            () -> Optional.of(prefix + "-scheduler-elsewhere"), _ -> own(self.join()),
            Duration.ofSeconds(2), InstantSource.system()),
        registry);
    Node node = new Node(cluster, service, owner, name, replica);
    self.complete(node);
    nodes.add(node);
    servers.add(InProcessServerBuilder.forName(name).executor(handlers).addService(service.scheduler())
        .addService(service.embeddings()).build().start());
    return node;
  }

  /** Takes the lease for the scheduler if it is free or its own. */
  boolean own(Node node) {
    LeaseTable.Answer answer = node.cluster.leases().acquire(node.replica, node.owner, System.currentTimeMillis(),
        null);
    return switch (answer) {
      case LeaseTable.Answer.Granted granted -> {
        node.service.own(granted.lease());
        yield true;
      }
      case LeaseTable.Answer.Refused _ -> {
        node.service.disown();
        yield false;
      }
    };
  }

  /** What each scheduler that holds a lease has to offer is told to all. */
  void announce() {
    for (Node node : nodes) {
      Optional<Lease> lease = node.cluster.leases().find(node.replica).filter(l -> l.owner().equals(node.owner));
      node.cluster.membership().announce(new Member(new MemberId(node.owner.value()), Member.Role.SCHEDULER, node.name,
          lease.map(Lease::replica), lease.map(Lease::epoch).orElse(0L), node.service.offer()));
    }
  }

  Channel channel(String name) {
    return channels.computeIfAbsent(name, n -> InProcessChannelBuilder.forName(n).executor(handlers).build());
  }

  Channel scheduler() {
    return channel(nodes.getFirst().name);
  }

  Client ask(GenerateStart.Builder start) {
    return Client.start(scheduler(), start.build());
  }

  /** Delivers an embedding as a vision worker does: to all ranks, then to the scheduler. */
  void deliver(String tenant, byte[] image, int tokens, List<String> destinations) throws Exception {
    EmbeddingSender sender = new EmbeddingSender(new Embedding(Embedding.key(tenant, image), MODEL, tokens,
        FakeWorker.HIDDEN, new float[tokens * FakeWorker.HIDDEN]));
    for (String destination : destinations) {
      sender.put(channel(destination), Duration.ofSeconds(10)).get(10, TimeUnit.SECONDS);
    }
  }

  double counted(String name) {
    return registry.find(name).counters().stream().mapToDouble(counter -> counter.count()).sum();
  }

  @Override
  public void close() {
    workers.forEach(worker -> worker.steps.release(1_000_000));
    nodes.forEach(Node::close);
    channels.values().forEach(ManagedChannel::shutdownNow);
    servers.forEach(Server::shutdownNow);
    handlers.shutdownNow();
    memory.join().close();
  }
}
