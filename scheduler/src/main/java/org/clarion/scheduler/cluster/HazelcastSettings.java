package org.clarion.scheduler.cluster;

import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.ExecutorConfig;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.InterfacesConfig;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MapStoreConfig;
import com.hazelcast.config.MergePolicyConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.config.SplitBrainProtectionConfig;
import com.hazelcast.map.EntryStore;
import com.hazelcast.splitbrainprotection.SplitBrainProtectionOn;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.clarion.rpc.Endpoint;
import org.clarion.scheduler.cluster.database.Row;

/**
 * Hazelcast's configuration in code. What it would do by itself and must not is turned off here: listening on every
 * address, searching members by multicast or cloud, calling home, taking clients, serialising by reflection.
 */
final class HazelcastSettings {
  static final String SESSIONS = "sessions";
  static final String TOKEN_LOG = "token-log";
  static final String GENERATIONS = "generations";
  static final String LEASES = "leases";
  static final String EMBEDDINGS = "embeddings";
  static final String MEMBERS = "members";
  static final String SERVICE = "service";
  static final String KEYS = "tenant-keys";
  /** Runs what members tell each other of keys. */
  static final String NEWS = "key-news";

  /** Copies beside the first: so many members may be lost at once. */
  static final int BACKUPS = 1;

  /** The same for keys, which are few and without which all of a tenant's entries are lost. */
  private static final int KEY_BACKUPS = 3;

  /**
   * How long a write waits for its copy before it counts as undecided and is repeated. A member that died is known to
   * be gone within milliseconds, but what it had not answered waits for this.
   */
  private static final int BACKUP_MILLIS = 1000;

  /** A member that says nothing for so long is taken for dead, its partitions for lost. */
  private static final int SILENCE_SECONDS = 5;

  private static final String ENOUGH_MEMBERS = "enough-members";
  private static final int MERGE_BATCH = 100;
  private static final int CONNECT_SECONDS = 2;
  private static final int MOST_NEWS = 1000;

  private HazelcastSettings() {}

  static Config of(ClusterConfig cluster) {
    Config config = new Config();
    config.setClusterName(cluster.name());
    config.setClassLoader(HazelcastSettings.class.getClassLoader());
    properties(config, cluster);
    config.setAdvancedNetworkConfig(network(cluster.bind().host(), cluster.bind().port(), cluster.members()));
    serialization(config);
    config.addSplitBrainProtectionConfig(
        new SplitBrainProtectionConfig(ENOUGH_MEMBERS, cluster.minimumMembers() > 1,
            Math.max(2, cluster.minimumMembers()))
            // Visitors hold nothing, so they do not count.
            .setFunctionImplementation(members -> members.stream().filter(member -> !member.isLiteMember())
                .count() >= cluster.minimumMembers())
            .setProtectOn(SplitBrainProtectionOn.WRITE));
    config.addMapConfig(protectedMap(SESSIONS).setMaxIdleSeconds(seconds(cluster.sessionIdle())));
    // Logs are kept as objects: an append then neither reads nor writes the tokens that are there.
    config.addMapConfig(protectedMap(TOKEN_LOG).setTimeToLiveSeconds(seconds(cluster.logRetention()))
        .setInMemoryFormat(InMemoryFormat.OBJECT));
    config.addMapConfig(map(GENERATIONS).setSplitBrainProtectionName(ENOUGH_MEMBERS)
        .setTimeToLiveSeconds(seconds(cluster.generationLife())));
    // No expiry: an epoch that is forgotten could be given twice.
    config.addMapConfig(protectedMap(LEASES).setInMemoryFormat(InMemoryFormat.OBJECT));
    config.addMapConfig(map(EMBEDDINGS));
    config.addMapConfig(new MapConfig(KEYS).setBackupCount(KEY_BACKUPS).setStatisticsEnabled(false)
        .setSplitBrainProtectionName(ENOUGH_MEMBERS)
        .setMergePolicyConfig(new MergePolicyConfig(JoinRings.class.getName(), MERGE_BATCH)));
    config.addExecutorConfig(new ExecutorConfig(NEWS, 1).setQueueCapacity(MOST_NEWS).setStatisticsEnabled(false));
    config.getMemberAttributeConfig().setAttribute(Peers.SECRETS, Peers.attribute(cluster.secrets()));
    config.getReplicatedMapConfig(MEMBERS).setStatisticsEnabled(false);
    config.getReplicatedMapConfig(SERVICE).setStatisticsEnabled(false);
    return config;
  }

  /** Of a process that looks in on a cluster: it holds no entries, and any port will do, since nobody looks for it. */
  static Config visiting(ClusterConfig cluster) {
    Set<Endpoint> members = new LinkedHashSet<>(cluster.members());
    members.add(cluster.bind());
    return of(cluster).setLiteMember(true).setAdvancedNetworkConfig(network(cluster.bind().host(), 0, members));
  }

  /** Sessions and the embeddings of their images are also kept by {@code maps}. */
  static void save(Config config, ClusterConfig cluster, DurableMaps maps) {
    save(config, SESSIONS, maps.store(SESSIONS, new DurableMaps.Form<>(SealedSession::version, SealedSession::sealed,
        row -> new SealedSession(row.rank(), row.sealed()), cluster.sessionIdle())));
    // An embedding never changes.
    save(config, EMBEDDINGS, maps.store(EMBEDDINGS, new DurableMaps.Form<>((byte[] _) -> 0L, sealed -> sealed,
        Row::sealed, null)));
  }

  private static void save(Config config, String map, EntryStore<StoreKey, ?> store) {
    // Written through: what is acknowledged is in the database, or waits for it while it is away.
    config.getMapConfig(map).setMapStoreConfig(
        new MapStoreConfig().setEnabled(true).setImplementation(store).setWriteDelaySeconds(0).setOffload(true));
  }

  private static MapConfig map(String name) {
    return new MapConfig(name).setBackupCount(BACKUPS).setStatisticsEnabled(false);
  }

  private static MapConfig protectedMap(String name) {
    return map(name).setSplitBrainProtectionName(ENOUGH_MEMBERS)
        .setMergePolicyConfig(new MergePolicyConfig(PreferNewest.class.getName(), MERGE_BATCH));
  }

  private static void properties(Config config, ClusterConfig cluster) {
    String deadline = Long.toString(cluster.deadline().toMillis());
    config.setProperty("hazelcast.logging.type", "slf4j");
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.shutdownhook.enabled", "false");
    config.setProperty("hazelcast.socket.bind.any", "false");
    config.setProperty("hazelcast.partition.count", Integer.toString(cluster.partitions()));

    // An append without its backup must not look like success.
    config.setProperty("hazelcast.operation.fail.on.indeterminate.state", "true");
    config.setProperty("hazelcast.operation.call.timeout.millis", deadline);
    config.setProperty("hazelcast.operation.backup.timeout.millis", Integer.toString(BACKUP_MILLIS));
    config.setProperty("hazelcast.invocation.retry.pause.millis", "50");
    config.setProperty("hazelcast.graceful.shutdown.max.wait", "10");
    config.setProperty("hazelcast.heartbeat.interval.seconds", "1");
    config.setProperty("hazelcast.max.no.heartbeat.seconds", Integer.toString(SILENCE_SECONDS));

    // Joining: members are listed, so there is nothing to wait for.
    config.setProperty("hazelcast.wait.seconds.before.join", "0");
    config.setProperty("hazelcast.max.wait.seconds.before.join", "2");
    config.setProperty("hazelcast.tcp.join.port.try.count", "1");

    // A few small maps on a machine that has better to do.
    config.setProperty("hazelcast.operation.thread.count", "2");
    config.setProperty("hazelcast.operation.generic.thread.count", "2");
    config.setProperty("hazelcast.io.thread.count", "1");
    config.setProperty("hazelcast.event.thread.count", "1");
    config.setProperty("hazelcast.health.monitoring.level", "OFF");
    config.setProperty("hazelcast.slow.operation.detector.enabled", "false");
    config.getMetricsConfig().setEnabled(false);
    config.getJetConfig().setEnabled(false);
  }

  private static AdvancedNetworkConfig network(String host, int port, Collection<Endpoint> members) {
    JoinConfig join = new JoinConfig();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true).setConnectionTimeoutSeconds(CONNECT_SECONDS)
        .setMembers(members.stream().map(Endpoint::toString).toList());
    ServerSocketEndpointConfig endpoint = new ServerSocketEndpointConfig().setPort(port)
        .setPortAutoIncrement(false)
        .setInterfaces(new InterfacesConfig().setEnabled(true).addInterface(address(host)));
    endpoint.setSocketConnectTimeoutSeconds(CONNECT_SECONDS);
    // Only members' traffic has an endpoint: clients, REST and WAN find no port.
    return new AdvancedNetworkConfig().setEnabled(true).setJoin(join).setMemberEndpointConfig(endpoint);
  }

  private static void serialization(Config config) {
    JavaSerializationFilterConfig nothing = new JavaSerializationFilterConfig().setDefaultsDisabled(true);
    nothing.getWhitelist().addClasses("none");
    config.getSerializationConfig().getCompactSerializationConfig().setZeroConfigFilter(nothing);
    Serializers.ALL.forEach(config.getSerializationConfig().getCompactSerializationConfig()::addSerializer);
    // Failures travel as Java objects: the default list allows the JDK's and Hazelcast's classes, nothing of ours.
    config.getSerializationConfig().setJavaSerializationFilterConfig(new JavaSerializationFilterConfig());
  }

  private static String address(String host) {
    try {
      return InetAddress.getByName(host).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("cluster bind host '" + host + "' has no address", e);
    }
  }

  private static int seconds(Duration duration) {
    return Math.toIntExact(duration.toSeconds());
  }
}
