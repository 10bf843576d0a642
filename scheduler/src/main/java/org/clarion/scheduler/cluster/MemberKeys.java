package org.clarion.scheduler.cluster;

import com.hazelcast.core.EntryAdapter;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.cluster.database.Database;
import org.clarion.scheduler.cluster.seal.KeyMaker;
import org.clarion.scheduler.cluster.seal.KeyRing;
import org.jspecify.annotations.Nullable;

/** What a member has of tenants' keys, kept up with what the others do. Thread-safe. */
final class MemberKeys implements AutoCloseable {
  /** How often a member looks for changes that it was not told of. */
  private static final Duration LOOK = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(10);

  private final TenantKeys keys;
  private final HazelcastTenants tenants;
  private final ScheduledExecutorService looking;

  /**
   * Of a member that has just joined.
   *
   * @param database
   *          stays the caller's
   * @throws IllegalArgumentException
   *           when the other members have none of its secrets
   * @throws ClusterUnavailableException
   *           when they do not tell within the deadline who holds what
   */
  MemberKeys(HazelcastInstance member, ClusterConfig config, @Nullable Database database, Calls calls) {
    awaitPartitions(member, config.deadline());
    Peers peers = new Peers(member.getCluster(), config.secrets());
    peers.requireCommonSecret();
    KeyMaker maker = new KeyMaker(config.secrets(), peers::agreed);
    IMap<String, KeyRing> map = member.getMap(HazelcastSettings.KEYS);
    KeyRings memory = new HazelcastKeyRings(map, calls);
    KeyRings rings = database == null ? memory : new SavedKeyRings(memory, database.rings());
    keys = new TenantKeys(rings, config.secrets(), maker, peers::namedKeys, calls);
    member.getUserContext().put(TellRing.KEYS, keys);
    map.addEntryListener(new EntryAdapter<String, KeyRing>() {
      @Override
      public void onEntryEvent(EntryEvent<String, KeyRing> event) {
        Optional.ofNullable(event.getValue()).ifPresent(ring -> keys.changed(new TenantId(event.getKey()), ring));
      }
    }, true);
    tenants = new HazelcastTenants(rings, keys, maker, config.secrets(), peers, new KeyNews(member, calls),
        Stream.of(HazelcastSettings.SESSIONS, HazelcastSettings.TOKEN_LOG, HazelcastSettings.GENERATIONS,
            HazelcastSettings.EMBEDDINGS).<IMap<StoreKey, ?>>map(member::getMap).toList(),
        calls, database);
    looking = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("tenant-keys").factory());
    var _ = looking.scheduleWithFixedDelay(keys::refresh, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** A member that does not know yet who holds what finds nothing when it looks for entries, and does not say so. */
  private static void awaitPartitions(HazelcastInstance member, Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    while (member.getPartitionService().getPartitions().stream().anyMatch(partition -> partition.getOwner() == null)) {
      if (System.nanoTime() - end > 0) {
        throw new ClusterUnavailableException("the members do not tell who holds which partition within " + deadline);
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  TenantKeys keys() {
    return keys;
  }

  HazelcastTenants tenants() {
    return tenants;
  }

  /** Looks no more. */
  @Override
  public void close() {
    looking.shutdownNow();
  }
}
