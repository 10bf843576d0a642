package org.clarion.scheduler.cluster;

import static java.util.stream.Collectors.toMap;

import com.hazelcast.map.EntryStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.clarion.scheduler.api.Durability;
import org.clarion.scheduler.cluster.database.Database;
import org.clarion.scheduler.cluster.database.DatabaseConfig;
import org.clarion.scheduler.cluster.database.DatabaseException;
import org.clarion.scheduler.cluster.database.Row;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Maps whose entries this member also keeps in a database. A write is in the database before it is acknowledged. While
 * the database fails, memory goes on alone: what could not be written waits here and is tried again every second;
 * entries that are not in memory are not found. What waits at a member that dies is in memory of the others, and in the
 * database with its next change only. Thread-safe.
 */
final class DurableMaps implements Durability, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DurableMaps.class);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration EXPIRE = Duration.ofMinutes(1);
  private static final int BATCH = 100;

  /** How a map's values become rows and are made of them. */
  record Form<V>(Function<V, Long> rank, Function<V, byte[]> sealed, Function<Row, V> value,
      @Nullable Duration life) {}

  private record Place(String map, Row.Key key) {}

  /** What is to be done at a place: a row to be written, or none to be there. */
  private record Change(@Nullable Row row) {
    static final Change DELETE = new Change(null);

    Change or(Change later) {
      return row != null && later.row != null && later.row.rank() < row.rank() ? this : later;
    }
  }

  private final Database database;
  private final DatabaseConfig config;
  private final InstantSource clock;
  private final Map<Place, Change> waiting = new ConcurrentHashMap<>();
  private final ScheduledExecutorService background = Executors.newSingleThreadScheduledExecutor(
      Thread.ofPlatform().daemon().name("state-database").factory());
  private volatile @Nullable Instant failingSince;

  DurableMaps(Database database, DatabaseConfig config, InstantSource clock) {
    this.database = database;
    this.config = config;
    this.clock = clock;
    var _ = background.scheduleWithFixedDelay(this::tryAgain, RETRY.toMillis(), RETRY.toMillis(),
        TimeUnit.MILLISECONDS);
    var _ = background.scheduleWithFixedDelay(this::expire, 0, EXPIRE.toSeconds(), TimeUnit.SECONDS);
  }

  @Override
  public boolean durable() {
    return true;
  }

  @Override
  public Duration behind() {
    Instant since = failingSince;
    return since == null ? Duration.ZERO : Duration.between(since, clock.instant());
  }

  @Override
  public int pending() {
    return waiting.size();
  }

  @Override
  public boolean exhausted() {
    return waiting.size() > config.pending() || behind().compareTo(config.patience()) > 0;
  }

  /** What Hazelcast calls for a map of that name. */
  <V> EntryStore<StoreKey, V> store(String map, Form<V> form) {
    return new MapEntries<>(map, form);
  }

  private void failed(DatabaseException failure) {
    if (failingSince == null) {
      failingSince = clock.instant();
      LOG.warn("state is in memory only until the database is back: {}", failure.getMessage());
    }
  }

  private void tryAgain() {
    try {
      if (failingSince != null) {
        database.probe();
      }
      Map<String, Map<Place, Change>> byMap = new HashMap<>();
      waiting.forEach((place, change) -> byMap.computeIfAbsent(place.map, _ -> new HashMap<>()).put(place, change));
      byMap.forEach(this::carryOut);
      if (failingSince != null) {
        LOG.info("the database is back after {} s; what waited is saved", behind().toSeconds());
        failingSince = null;
      }
    } catch (DatabaseException e) {
      failed(e);
    } catch (RuntimeException e) {
      LOG.warn("what waits for the database could not be written", e);
    }
  }

  private void carryOut(String map, Map<Place, Change> changes) {
    List<Row> rows = changes.values().stream().map(Change::row).filter(Objects::nonNull).toList();
    for (int from = 0; from < rows.size(); from += BATCH) {
      database.write(map, rows.subList(from, Math.min(rows.size(), from + BATCH)));
    }
    List<Row.Key> gone = changes.entrySet().stream().filter(entry -> entry.getValue().row == null)
        .map(entry -> entry.getKey().key).toList();
    if (!gone.isEmpty()) {
      database.delete(map, gone);
    }
    // A place that has changed once more meanwhile waits on.
    changes.forEach(waiting::remove);
  }

  private void expire() {
    try {
      if (failingSince == null) {
        database.expire(clock.instant());
      }
    } catch (DatabaseException e) {
      failed(e);
    }
  }

  /** Saves what waits, if the database is there; it is left open. */
  @Override
  public void close() {
    background.shutdownNow();
    tryAgain();
    if (!waiting.isEmpty()) {
      LOG.warn("{} entries of shared state are not in the database", waiting.size());
    }
  }

  /** Leaves as a killed process does. */
  void abandon() {
    background.shutdownNow();
  }

  /** One map's entries. */
  private final class MapEntries<V> implements EntryStore<StoreKey, V> {
    private final String map;
    private final Form<V> form;

    MapEntries(String map, Form<V> form) {
      this.map = map;
      this.form = form;
    }

    private Row row(StoreKey key, MetadataAwareValue<V> value) {
      Instant until = form.life != null
          ? clock.instant().plus(form.life)
          : value.getExpirationTime() == Long.MAX_VALUE
              ? Instant.MAX
              : Instant.ofEpochMilli(value.getExpirationTime());
      return new Row(key(key), form.rank.apply(value.getValue()), form.sealed.apply(value.getValue()), until);
    }

    private static Row.Key key(StoreKey key) {
      return new Row.Key(key.tenant(), key.id());
    }

    @Override
    public void store(StoreKey key, MetadataAwareValue<V> value) {
      save(List.of(row(key, value)));
    }

    @Override
    public void storeAll(Map<StoreKey, MetadataAwareValue<V>> values) {
      save(values.entrySet().stream().map(entry -> row(entry.getKey(), entry.getValue())).toList());
    }

    private void save(List<Row> rows) {
      change(() -> database.write(map, rows), rows.stream().collect(toMap(row -> new Place(map, row.key()),
          Change::new)));
    }

    @Override
    public void delete(StoreKey key) {
      deleteAll(List.of(key));
    }

    @Override
    public void deleteAll(Collection<StoreKey> keys) {
      List<Row.Key> gone = keys.stream().map(MapEntries::key).toList();
      change(() -> database.delete(map, gone), gone.stream().collect(toMap(key -> new Place(map, key),
          _ -> Change.DELETE)));
    }

    /** At once, or when the database is back. */
    private void change(Runnable atOnce, Map<Place, Change> changes) {
      try {
        if (failingSince == null) {
          atOnce.run();
          changes.keySet().forEach(waiting::remove);
          return;
        }
      } catch (DatabaseException e) {
        failed(e);
      }
      changes.forEach((place, change) -> waiting.merge(place, change, Change::or));
    }

    @Override
    public @Nullable MetadataAwareValue<V> load(StoreKey key) {
      return loadAll(List.of(key)).get(key);
    }

    @Override
    public Map<StoreKey, MetadataAwareValue<V>> loadAll(Collection<StoreKey> keys) {
      // What waits is newer than what is there.
      List<Row.Key> there = keys.stream().map(MapEntries::key).filter(key -> !waiting.containsKey(new Place(map, key)))
          .toList();
      List<Row> rows = new ArrayList<>(keys.stream().map(key -> waiting.get(new Place(map, key(key))))
          .filter(Objects::nonNull).map(Change::row).filter(Objects::nonNull).toList());
      try {
        if (failingSince == null) {
          rows.addAll(database.read(map, there, clock.instant()));
        }
      } catch (DatabaseException e) {
        failed(e);
      }
      return rows.stream().collect(toMap(row -> new StoreKey(row.key().tenant(), row.key().id()), this::value));
    }

    private MetadataAwareValue<V> value(Row row) {
      V value = form.value.apply(row);
      return form.life != null || row.keptUntil().equals(Instant.MAX)
          ? new MetadataAwareValue<>(value)
          : new MetadataAwareValue<>(value, row.keptUntil().toEpochMilli());
    }

    /** Entries come when they are asked for. */
    @Override
    @SuppressWarnings("NullAway") // Hazelcast takes null for nothing
    public Iterable<StoreKey> loadAllKeys() {
      return null;
    }
  }
}
