package org.clarion.scheduler.cluster.database;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.cluster.seal.KeyRing;
import org.clarion.scheduler.cluster.seal.WrappedKey;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * Tenants' key rings in two tables. Of writes that cross each other one stays, and all members are told which. Methods
 * block for a few seconds at most and throw {@link DatabaseException}. Thread-safe.
 */
public final class RingTable {
  private static final String READ = """
      SELECT t.tenant, t.era, t.version, k.id, k.ordinal, k.wrapped_by, k.wrapped
      FROM tenant t LEFT JOIN tenant_key k ON k.tenant = t.tenant""";
  private static final String MAKE = """
      INSERT INTO tenant (tenant, era, version) VALUES (:tenant, 0, 0) ON CONFLICT DO NOTHING""";
  /** The row is locked from here on, so that the keys change with it. */
  private static final String CHANGE = """
      UPDATE tenant SET era = :era, version = :version
      WHERE tenant = :tenant AND (era < :era OR (era = :era AND version < :version))""";
  private static final String FORGET = "DELETE FROM tenant_key WHERE tenant = :tenant";
  private static final String ADD = """
      INSERT INTO tenant_key (tenant, id, ordinal, wrapped_by, wrapped)
      VALUES (:tenant, :id, :ordinal, :by, :wrapped)""";

  private final Jdbi jdbi;

  RingTable(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  /** A row of the join; without a key for a tenant that has none. */
  private record Joined(TenantId tenant, int era, long version, Optional<WrappedKey> key) {}

  /** The ring of the tenant; empty when it was never seen. */
  public Optional<KeyRing> find(TenantId tenant) {
    return Database.call("reading keys", () -> jdbi.withHandle(handle -> find(handle, tenant)));
  }

  /** All rings. */
  public Map<TenantId, KeyRing> all() {
    return Database.call("reading all keys", () -> jdbi.withHandle(handle -> rings(handle.createQuery(READ)
        .map((row, _) -> joined(row)).list())));
  }

  /** Every tenant's ring, for comparing: without its keys. */
  public Map<TenantId, KeyRing> outlines() {
    return Database.call("reading the versions of keys", () -> jdbi.withHandle(handle -> {
      Map<TenantId, KeyRing> outlines = new HashMap<>();
      handle.createQuery("SELECT tenant, era, version FROM tenant").map((row, _) -> outlines.put(
          new TenantId(row.getString("tenant")),
          new KeyRing(row.getLong("version"), row.getInt("era"), List.of()))).list();
      return outlines;
    }));
  }

  /**
   * Stores the ring if it supersedes what is there.
   *
   * @return what is there then
   */
  public KeyRing offer(TenantId tenant, KeyRing ring) {
    return Database.call("writing keys", () -> jdbi.inTransaction(handle -> {
      handle.createUpdate(MAKE).bind("tenant", tenant.value()).execute();
      int changed = handle.createUpdate(CHANGE).bind("tenant", tenant.value()).bind("era", ring.era())
          .bind("version", ring.version()).execute();
      if (changed == 0) {
        return find(handle, tenant).orElseThrow();
      }
      handle.createUpdate(FORGET).bind("tenant", tenant.value()).execute();
      add(handle, tenant, ring.keys());
      return ring;
    }));
  }

  private static void add(Handle handle, TenantId tenant, List<WrappedKey> keys) {
    if (keys.isEmpty()) {
      return;
    }
    try (PreparedBatch batch = handle.prepareBatch(ADD)) {
      for (WrappedKey key : keys) {
        batch.bind("tenant", tenant.value()).bind("id", key.id()).bind("ordinal", key.ordinal()).bind("by", key.by())
            .bind("wrapped", key.wrapped()).add();
      }
      batch.execute();
    }
  }

  private static Optional<KeyRing> find(Handle handle, TenantId tenant) {
    return Optional.ofNullable(rings(handle.createQuery(READ + " WHERE t.tenant = :tenant")
        .bind("tenant", tenant.value()).map((row, _) -> joined(row)).list()).get(tenant));
  }

  private static Joined joined(ResultSet row) throws SQLException {
    String by = row.getString("wrapped_by");
    return new Joined(new TenantId(row.getString("tenant")), row.getInt("era"), row.getLong("version"),
        by == null
            ? Optional.empty()
            : Optional.of(new WrappedKey(row.getLong("id"), row.getInt("ordinal"), by, row.getBytes("wrapped"))));
  }

  private static Map<TenantId, KeyRing> rings(List<Joined> rows) {
    Map<TenantId, List<WrappedKey>> keys = new HashMap<>();
    rows.forEach(row -> row.key.ifPresent(key -> keys.computeIfAbsent(row.tenant, _ -> new ArrayList<>()).add(key)));
    Map<TenantId, KeyRing> rings = new HashMap<>();
    rows.forEach(row -> rings.put(row.tenant,
        new KeyRing(row.version, row.era, keys.getOrDefault(row.tenant, List.of()))));
    return rings;
  }
}
