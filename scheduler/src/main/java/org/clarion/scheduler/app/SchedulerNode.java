package org.clarion.scheduler.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.clarion.rpc.RpcChannels;
import org.clarion.rpc.RpcServer;
import org.clarion.scheduler.api.ClusterState;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.api.Durability;
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
  /** How often others are told how much there is to do, when that changed. */
  private static final Duration OFFERS = Duration.ofMillis(250);

  private final SchedulerConfig config;
  private final ClusterState cluster;
  private final RpcChannels channels = new RpcChannels();
  private final ReplicaService service;
  private final RpcServer server;
  private final LeaseKeeper keeper;
  private final Ownership ownership;
  private final ScheduledExecutorService offers = Executors.newSingleThreadScheduledExecutor(
      Thread.ofPlatform().daemon().name("scheduler-offers").factory());
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
        new ReplicaService.Patience(times.open(), times.step(), times.state(), config.cluster().sessionIdle(),
            times.grace()),
        new ReplicaService.Surroundings(cluster, channels::to, address::join,
            () -> cluster.membership().ownerOf(replica), above -> keeping.join().wantEpoch(above), times.lease(),
            InstantSource.system()),
        registry);
    try {
      server = RpcServer.at(config.bind().toString())
          .service(service.scheduler(), service::healthy)
          .service(service.embeddings(), service::healthy)
          .grace(times.drain())
          .start();
    } catch (IOException | RuntimeException e) {
      offers.shutdownNow();
      service.close();
      channels.close();
      throw e;
    }
    String given = config.advertise();
    advertised = given == null ? config.bind().host() + ":" + server.port() : given;
    address.complete(advertised);
    if (cluster.durability().durable()) {
      meter(cluster.durability(), registry);
    }
    ownership = new Ownership(cluster.membership(), new MemberId(owner.value()));
    keeper = new LeaseKeeper(cluster.leases(), new LeaseKeeper.Claim(replica, owner, times.lease()),
        InstantSource.system(), ownership);
    keeping.complete(keeper);
  }

  private static void meter(Durability durability, MeterRegistry registry) {
    Gauge.builder("clarion.state.behind", durability, saved -> saved.behind().toMillis() * 1e-3)
        .description("for how long nothing could be saved").baseUnit("seconds").strongReference(true)
        .register(registry);
    Gauge.builder("clarion.state.pending", durability, Durability::pending)
        .description("entries that wait for the database").strongReference(true).register(registry);
  }

  /**
   * Joins the cluster, then serves. A scheduler that nobody can join and that has no database keeps its state on its
   * own heap.
   */
  public static SchedulerNode start(SchedulerConfig config, MeterRegistry registry) throws IOException {
    ClusterConfig cluster = config.cluster();
    return start(config, cluster.alone() && cluster.database() == null
        ? new MemoryCluster(InstantSource.system(), cluster.sessionIdle(), cluster.logRetention()).join()
        : HazelcastCluster.start(cluster), registry);
  }

  /** Serves on shared state that was joined already; closing the node leaves it. */
  public static SchedulerNode start(SchedulerConfig config, ClusterState cluster, MeterRegistry registry)
      throws IOException {
    try {
      SchedulerNode node = new SchedulerNode(config, cluster, registry);
      node.keeper.start();
      var _ = node.offers.scheduleWithFixedDelay(node.ownership::refresh, OFFERS.toMillis(), OFFERS.toMillis(),
          TimeUnit.MILLISECONDS);
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
    offers.shutdownNow();
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
    private Optional<ReplicaId> owned = Optional.empty();
    private long epoch;
    private Optional<Member.Offer> told = Optional.empty();

    Ownership(Membership membership, MemberId id) {
      this.membership = membership;
      this.id = id;
      announce();
    }

    @Override
    public synchronized void granted(Lease lease) {
      owned = Optional.of(lease.replica());
      epoch = lease.epoch();
      announce();
      service.own(lease);
    }

    @Override
    public synchronized void lost() {
      service.disown();
      owned = Optional.empty();
      epoch = 0;
      announce();
    }

    /** Tells the others when there is more or less to do than they know. */
    synchronized void refresh() {
      try {
        if (!offer().equals(told)) {
          announce();
        }
      } catch (ClusterUnavailableException e) {
        log.warn("what there is to do at {} cannot be told: {}", advertised, e.getMessage());
      }
    }

    private Optional<Member.Offer> offer() {
      return owned.isPresent() ? service.offer() : Optional.empty();
    }

    private void announce() {
      told = offer();
      membership.announce(new Member(id, Member.Role.SCHEDULER, advertised, owned, epoch, told));
    }
  }
}
