package org.clarion.scheduler.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.partition.PartitionLostEvent;
import java.time.InstantSource;
import org.clarion.rpc.Endpoint;
import org.clarion.scheduler.api.ClusterState;
import org.clarion.scheduler.api.Durability;
import org.clarion.scheduler.api.EmbeddingStore;
import org.clarion.scheduler.api.GenerationStore;
import org.clarion.scheduler.api.LeaseTable;
import org.clarion.scheduler.api.ServiceBoard;
import org.clarion.scheduler.api.SessionStore;
import org.clarion.scheduler.api.TokenLog;
import org.clarion.scheduler.cluster.database.Database;
import org.clarion.scheduler.cluster.database.DatabaseConfig;
import org.clarion.scheduler.cluster.seal.DataKeys;
import org.clarion.scheduler.cluster.seal.Sealer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process's member of the Hazelcast cluster and the stores on it. Every value of a tenant is encrypted before it
 * leaves the calling process's stores; keys hold tenant and session ids and image hashes, nothing of a patient.
 */
public final class HazelcastCluster implements ClusterState {
  private static final Logger LOG = LoggerFactory.getLogger(HazelcastCluster.class);

  private final HazelcastInstance hazelcast;
  private final SessionStore sessions;
  private final TokenLog tokenLog;
  private final GenerationStore generations;
  private final LeaseTable leases;
  private final HazelcastMembership membership;
  private final EmbeddingStore embeddings;
  private final ServiceBoard service;
  private final MemberKeys keys;
  private final @Nullable Database database;
  private final @Nullable DurableMaps saved;

  private HazelcastCluster(HazelcastInstance hazelcast, ClusterConfig config, @Nullable Database database,
      @Nullable DurableMaps saved) {
    this.hazelcast = hazelcast;
    this.database = database;
    this.saved = saved;
    Calls calls = new Calls(config.deadline());
    keys = new MemberKeys(hazelcast, config, database, calls);
    Sealer sealer = new Sealer(keys.keys());
    sessions = new HazelcastSessionStore(hazelcast.getMap(HazelcastSettings.SESSIONS), sealer, calls);
    tokenLog = new HazelcastTokenLog(hazelcast.getMap(HazelcastSettings.TOKEN_LOG), sealer, calls);
    generations = new HazelcastGenerationStore(hazelcast.getMap(HazelcastSettings.GENERATIONS), sealer, calls);
    leases = new HazelcastLeaseTable(hazelcast.getMap(HazelcastSettings.LEASES), calls);
    embeddings = new HazelcastEmbeddingStore(hazelcast.getMap(HazelcastSettings.EMBEDDINGS), sealer, calls);
    membership = new HazelcastMembership(hazelcast.getReplicatedMap(HazelcastSettings.MEMBERS), hazelcast.getCluster(),
        calls);
    service = new HazelcastServiceBoard(hazelcast.getReplicatedMap(HazelcastSettings.SERVICE), calls);
    hazelcast.getPartitionService().addPartitionLostListener(HazelcastCluster::partitionLost);
  }

  private static void partitionLost(PartitionLostEvent event) {
    // Below that many a backup took over and nothing is lost.
    if (event.getLostBackupCount() >= HazelcastSettings.BACKUPS) {
      LOG.warn("state of partition {} is lost with its members: sessions and logs in it are gone",
          event.getPartitionId());
    }
  }

  /**
   * Starts a member and joins; blocks for about a second, longer where listed members do not answer at all.
   *
   * @throws org.clarion.scheduler.cluster.database.DatabaseException
   *           when the database that is configured cannot be opened
   * @throws IllegalArgumentException
   *           when the members have other secrets
   */
  public static HazelcastCluster start(ClusterConfig config) {
    Config settings = HazelcastSettings.of(config);
    DatabaseConfig place = config.database();
    Database database = place == null ? null : Database.open(place);
    DurableMaps saved = place == null || database == null
        ? null
        : new DurableMaps(database, place, InstantSource.system());
    HazelcastInstance hazelcast = null;
    try {
      if (saved != null) {
        HazelcastSettings.save(settings, config, saved);
      }
      hazelcast = Hazelcast.newHazelcastInstance(settings);
      HazelcastCluster cluster = new HazelcastCluster(hazelcast, config, database, saved);
      LOG.info("cluster {}: member {} of {}", config.name(), cluster.address(),
          hazelcast.getCluster().getMembers().size());
      return cluster;
    } catch (RuntimeException e) {
      if (hazelcast != null) {
        hazelcast.getLifecycleService().terminate();
      }
      close(saved);
      close(database);
      throw e;
    }
  }

  /** Where this member listens for the others. */
  public Endpoint address() {
    var address = hazelcast.getCluster().getLocalMember().getAddress();
    return new Endpoint(address.getHost(), address.getPort());
  }

  @Override
  public SessionStore sessions() {
    return sessions;
  }

  @Override
  public TokenLog tokenLog() {
    return tokenLog;
  }

  @Override
  public GenerationStore generations() {
    return generations;
  }

  @Override
  public LeaseTable leases() {
    return leases;
  }

  @Override
  public HazelcastMembership membership() {
    return membership;
  }

  @Override
  public EmbeddingStore embeddings() {
    return embeddings;
  }

  @Override
  public ServiceBoard service() {
    return service;
  }

  @Override
  public HazelcastTenants tenants() {
    return keys.tenants();
  }

  @Override
  public Durability durability() {
    return saved == null ? Durability.NONE : saved;
  }

  /** For looking at which keys this member has. */
  DataKeys keys() {
    return keys.keys();
  }

  /** For looking at what is really stored. */
  HazelcastInstance hazelcast() {
    return hazelcast;
  }

  /** Leaves at once, as a killed process does. */
  void terminate() {
    keys.close();
    hazelcast.getLifecycleService().terminate();
    if (saved != null) {
      saved.abandon();
    }
    close(database);
  }

  /** Withdraws what was announced, hands this member's data to the others and leaves; up to 10 seconds. */
  @Override
  public void close() {
    keys.close();
    try {
      membership.close();
    } finally {
      hazelcast.shutdown();
      close(saved);
      close(database);
    }
  }

  private static void close(@Nullable DurableMaps maps) {
    if (maps != null) {
      maps.close();
    }
  }

  private static void close(@Nullable Database opened) {
    if (opened != null) {
      opened.close();
    }
  }
}
