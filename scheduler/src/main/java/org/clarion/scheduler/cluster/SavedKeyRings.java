package org.clarion.scheduler.cluster;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.cluster.database.DatabaseException;
import org.clarion.scheduler.cluster.database.RingTable;
import org.clarion.scheduler.cluster.seal.KeyRing;

/**
 * Key rings in a database, which decides, with a copy in memory, which serves while the database is away. A ring is in
 * the database before anything is sealed with it. Without the database no tenant is new and no key changes: there might
 * be one that is not in memory.
 */
final class SavedKeyRings implements KeyRings {
  private final KeyRings memory;
  private final RingTable table;

  SavedKeyRings(KeyRings memory, RingTable table) {
    this.memory = memory;
    this.table = table;
  }

  @Override
  public Optional<KeyRing> find(TenantId tenant) {
    return memory.find(tenant).or(() -> call(() -> table.find(tenant)).map(ring -> memory.offer(tenant, ring)));
  }

  @Override
  public KeyRing offer(TenantId tenant, KeyRing ring) {
    KeyRing there = call(() -> table.offer(tenant, ring));
    memory.offer(tenant, there);
    return there;
  }

  @Override
  public Map<TenantId, KeyRing> all() {
    return call(table::all);
  }

  @Override
  public Map<TenantId, KeyRing> changed(Map<TenantId, KeyRing> known) {
    Map<TenantId, KeyRing> changed = new HashMap<>(memory.changed(known));
    // What somebody changed who did not live to tell.
    call(table::outlines).forEach((tenant, outline) -> {
      KeyRing mine = changed.getOrDefault(tenant, known.get(tenant));
      if (mine != null && outline.supersedes(mine)) {
        call(() -> table.find(tenant)).ifPresent(ring -> changed.put(tenant, memory.offer(tenant, ring)));
      }
    });
    return changed;
  }

  private static <T> T call(Supplier<T> call) {
    try {
      return call.get();
    } catch (DatabaseException e) {
      throw new ClusterUnavailableException("the keys of tenants: " + e.getMessage(), e);
    }
  }
}
