package org.clarion.scheduler.cluster.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.SqlStatements;

/**
 * Entries of maps in one table, and tenants' keys in others; they are made or brought up to date when the database is
 * opened. Methods block for a few seconds at most and throw {@link DatabaseException}. Thread-safe.
 */
public final class Database implements AutoCloseable {
  private static final int CONNECTIONS = 4;
  private static final Duration CONNECT = Duration.ofSeconds(2);
  /** Of a single query, s. */
  private static final int QUERY_SECONDS = 5;
  private static final String MIGRATIONS = "classpath:org/clarion/scheduler/cluster/database";

  private static final String READ = """
      SELECT tenant, id, entry_rank, sealed, kept_until FROM entry
      WHERE map_name = :map AND tenant = :tenant AND id = :id AND kept_until > :now""";
  private static final String REPLACE = """
      UPDATE entry SET entry_rank = :rank, sealed = :sealed, kept_until = :until
      WHERE map_name = :map AND tenant = :tenant AND id = :id AND entry_rank <= :rank""";
  private static final String INSERT = """
      INSERT INTO entry (map_name, tenant, id, entry_rank, sealed, kept_until)
      VALUES (:map, :tenant, :id, :rank, :sealed, :until) ON CONFLICT DO NOTHING""";
  private static final String DELETE = """
      DELETE FROM entry WHERE map_name = :map AND tenant = :tenant AND id = :id""";
  private static final RowMapper<Row> ROWS = (row, _) -> new Row(
      new Row.Key(row.getString("tenant"), row.getString("id")), row.getLong("entry_rank"), row.getBytes("sealed"),
      instant(row.getLong("kept_until")));

  private final HikariDataSource pool;
  private final Jdbi jdbi;

  private Database(HikariDataSource pool) {
    this.pool = pool;
    this.jdbi = Jdbi.create(pool);
    jdbi.getConfig(SqlStatements.class).setQueryTimeout(QUERY_SECONDS);
  }

  /**
   * Connects, and makes or migrates the table.
   *
   * @throws DatabaseException
   *           when there is no connection, or the table is of a later release
   */
  public static Database open(DatabaseConfig config) {
    HikariConfig hikari = new HikariConfig();
    hikari.setPoolName("clarion-state");
    hikari.setJdbcUrl(dialect(config.url()));
    hikari.setUsername(config.user());
    hikari.setPassword(config.password());
    hikari.setMaximumPoolSize(CONNECTIONS);
    hikari.setConnectionTimeout(CONNECT.toMillis());
    HikariDataSource pool;
    try {
      pool = new HikariDataSource(hikari);
    } catch (RuntimeException e) {
      throw new DatabaseException("the database " + config.url() + " cannot be opened: " + cause(e), e);
    }
    try {
      Flyway.configure().dataSource(pool).locations(MIGRATIONS)
          .placeholders(Map.of("bytes", config.url().startsWith("jdbc:h2:") ? "BINARY LARGE OBJECT" : "BYTEA")).load()
          .migrate();
      return new Database(pool);
    } catch (FlywayException e) {
      pool.close();
      throw new DatabaseException("the tables of " + config.url() + " cannot be brought up to date: " + cause(e), e);
    }
  }

  /** H2 knows ON CONFLICT as a word of PostgreSQL's. */
  private static String dialect(String url) {
    return url.startsWith("jdbc:h2:") && !url.contains(";MODE=") ? url + ";MODE=PostgreSQL" : url;
  }

  /** The entries that there are of these. */
  public List<Row> read(String map, Collection<Row.Key> keys, Instant now) {
    return call("reading " + map, () -> jdbi.withHandle(handle -> {
      List<Row> found = new ArrayList<>();
      for (Row.Key key : keys) {
        handle.createQuery(READ).bind("map", map).bind("tenant", key.tenant()).bind("id", key.id())
            .bind("now", now.toEpochMilli()).map(ROWS).findOne().ifPresent(found::add);
      }
      return found;
    }));
  }

  /** Stores or replaces all of them, or none. */
  public void write(String map, Collection<Row> rows) {
    call("writing " + map, () -> {
      jdbi.useTransaction(handle -> {
        // Where nothing was replaced there is no such entry, or a newer one, or somebody has made it meanwhile.
        List<Row> absent = batch(handle, REPLACE, map, rows);
        batch(handle, REPLACE, map, batch(handle, INSERT, map, absent));
      });
      return rows;
    });
  }

  /** Rows that the statement did not touch. */
  private static List<Row> batch(Handle handle, String statement, String map, Collection<Row> rows) {
    if (rows.isEmpty()) {
      return List.of();
    }
    try (PreparedBatch batch = handle.prepareBatch(statement)) {
      for (Row row : rows) {
        batch.bind("map", map).bind("tenant", row.key().tenant()).bind("id", row.key().id()).bind("rank", row.rank())
            .bind("sealed", row.sealed()).bind("until", millis(row.keptUntil())).add();
      }
      int[] touched = batch.execute();
      List<Row> all = List.copyOf(rows);
      return IntStream.range(0, touched.length).filter(i -> touched[i] == 0).mapToObj(all::get).toList();
    }
  }

  /** Forgets these entries. */
  public void delete(String map, Collection<Row.Key> keys) {
    call("deleting from " + map, () -> {
      jdbi.useTransaction(handle -> {
        try (PreparedBatch batch = handle.prepareBatch(DELETE)) {
          keys.forEach(key -> batch.bind("map", map).bind("tenant", key.tenant()).bind("id", key.id()).add());
          batch.execute();
        }
      });
      return keys;
    });
  }

  /**
   * Forgets every entry of the tenant, in all maps.
   *
   * @return how many there were
   */
  public int deleteAll(String tenant) {
    return call("deleting the entries of a tenant", () -> jdbi.withHandle(
        handle -> handle.createUpdate("DELETE FROM entry WHERE tenant = :tenant").bind("tenant", tenant).execute()));
  }

  /** Tenants' keys. */
  public RingTable rings() {
    return new RingTable(jdbi);
  }

  /**
   * Forgets every entry whose time is over.
   *
   * @return how many there were
   */
  public int expire(Instant now) {
    return call("expiring entries", () -> jdbi.withHandle(
        handle -> handle.createUpdate("DELETE FROM entry WHERE kept_until <= :now").bind("now", now.toEpochMilli())
            .execute()));
  }

  /** Asks for nothing. */
  public void probe() {
    call("asking whether it is there", () -> jdbi.withHandle(
        handle -> handle.createQuery("SELECT 1").mapTo(Integer.class).one()));
  }

  interface Call<T> {
    T make();
  }

  static <T> T call(String what, Call<T> call) {
    try {
      return call.make();
    } catch (JdbiException e) {
      throw new DatabaseException(what + " in the database failed: " + cause(e), e);
    }
  }

  /** What the driver says; JDBI's own messages hold the values that were bound. */
  private static String cause(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof JdbiException ? cause.getClass().getSimpleName() : String.valueOf(cause.getMessage());
  }

  private static long millis(Instant instant) {
    return instant.equals(Instant.MAX) ? Long.MAX_VALUE : instant.toEpochMilli();
  }

  private static Instant instant(long millis) {
    return millis == Long.MAX_VALUE ? Instant.MAX : Instant.ofEpochMilli(millis);
  }

  @Override
  public void close() {
    pool.close();
  }
}
