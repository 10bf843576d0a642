package org.clarion.scheduler.app;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.clarion.rpc.RpcChannels;
import org.clarion.rpc.RpcServer;
import org.clarion.scheduler.api.ClusterState;
import org.clarion.scheduler.api.Lease;
import org.clarion.scheduler.api.Member;
import org.clarion.scheduler.api.MemberId;
import org.clarion.scheduler.api.Membership;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.cluster.ClusterConfig;
import org.clarion.scheduler.cluster.HazelcastCluster;
import org.clarion.scheduler.cluster.memory.MemoryCluster;
import org.clarion.scheduler.rpc.ReplicaService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running scheduler: joins the shared state, serves at its port, and drives its replica while it holds the lease.
 * Several may be started for one replica; the others wait and point to the owner. Thread-safe.
 */
public final class SchedulerNode implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SchedulerNode.class);

  private final SchedulerConfig config;
  private final ClusterState cluster;
  private final RpcChannels channels = new RpcChannels();
  private final ReplicaService service;
  private final RpcServer server;
  private final LeaseKeeper keeper;
  private final String advertised;
  private final AtomicBoolean closed = new AtomicBoolean();

  private SchedulerNode(SchedulerConfig config, ClusterState cluster, MeterRegistry registry) throws IOException {
    this.config = config;
    this.cluster = cluster;
    OwnerId owner = new OwnerId("scheduler-" + UUID.randomUUID());
    ReplicaId replica = config.replica().id();
    CompletableFuture<String> address = new CompletableFuture<>();
    CompletableFuture<LeaseKeeper> keeping = new CompletableFuture<>();
    SchedulerConfig.Times times = config.times();
    service = new ReplicaService(config.replica(), new ReplicaService.Rules(config.limits(), config.policy()),
        new ReplicaService.Patience(times.open(), times.step(), times.state(), config.cluster().sessionIdle()),
        new ReplicaService.Surroundings(cluster, channels::to, address::join,
            () -> cluster.membership().ownerOf(replica), () -> keeping.join().wantEpoch(), InstantSource.system()),
        registry);
    try {
      server = RpcServer.at(config.bind().toString())
          .service(service.scheduler(), service::healthy)
          .service(service.embeddings(), service::healthy)
          .grace(times.drain())
          .start();
    } catch (IOException | RuntimeException e) {
      service.close();
      channels.close();
      throw e;
    }
    String given = config.advertise();
    advertised = given == null ? config.bind().host() + ":" + server.port() : given;
    address.complete(advertised);
    keeper = new LeaseKeeper(cluster.leases(), new LeaseKeeper.Claim(replica, owner, times.lease()),
        InstantSource.system(), new Ownership(cluster.membership(), new MemberId(owner.value())));
    keeping.complete(keeper);
  }

  /** Joins the cluster, then serves. A scheduler that nobody can join keeps its state on its own heap. */
  public static SchedulerNode start(SchedulerConfig config, MeterRegistry registry) throws IOException {
    ClusterConfig cluster = config.cluster();
    return start(config, cluster.alone()
        ? new MemoryCluster(InstantSource.system(), cluster.sessionIdle(), cluster.logRetention()).join()
        : HazelcastCluster.start(cluster), registry);
  }

  /** Serves on shared state that was joined already; closing the node leaves it. */
  public static SchedulerNode start(SchedulerConfig config, ClusterState cluster, MeterRegistry registry)
      throws IOException {
    try {
      SchedulerNode node = new SchedulerNode(config, cluster, registry);
      node.keeper.start();
      log.info("scheduler of {} serves at {}", config.replica().id(), node.advertised);
      return node;
    } catch (IOException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /** The bound port. */
  public int port() {
    return server.port();
  }

  /** host:port where others reach this scheduler. */
  public String advertised() {
    return advertised;
  }

  /** False while the replica that this scheduler owns does not serve. */
  public boolean healthy() {
    return service.healthy();
  }

  /**
   * Refuses new answers, lets running ones end for the configured time, then hands the replica over and leaves the
   * cluster. Answers that have not ended can be resumed from the next owner.
   */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    try {
      server.drain();
      if (!service.drain(config.times().drain())) {
        log.warn("some answers of {} had not ended after {}", config.replica().id(), config.times().drain());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    service.close();
    keeper.close();
    server.close();
    channels.close();
    cluster.close();
  }

  /** Carries the lease over to the service and tells the cluster. */
  private final class Ownership implements LeaseKeeper.Listener {
    private final Membership membership;
    private final MemberId id;

    Ownership(Membership membership, MemberId id) {
      this.membership = membership;
      this.id = id;
      announce(Optional.empty(), 0);
    }

    @Override
    public void granted(Lease lease) {
      announce(Optional.of(lease.replica()), lease.epoch());
      service.own(lease);
    }

    @Override
    public void lost() {
      service.disown();
      announce(Optional.empty(), 0);
    }

    private void announce(Optional<ReplicaId> owned, long epoch) {
      membership.announce(new Member(id, Member.Role.SCHEDULER, advertised, owned, epoch));
    }
  }
}
