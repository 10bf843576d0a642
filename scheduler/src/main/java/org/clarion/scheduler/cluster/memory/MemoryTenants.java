package org.clarion.scheduler.cluster.memory;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.clarion.scheduler.api.TenantErasedException;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.api.Tenants;

/** Who was erased. Values are not sealed here, so that forgetting them is all there is to it. Thread-safe. */
final class MemoryTenants implements Tenants {
  private final Set<TenantId> erased = ConcurrentHashMap.newKeySet();
  private final List<Consumer<TenantId>> listeners = new CopyOnWriteArrayList<>();
  private volatile List<Consumer<TenantId>> stores = List.of();

  /** Each is told to forget a tenant, after which nothing more of it is written: see {@link #require}. */
  void stores(List<Consumer<TenantId>> forgetting) {
    stores = List.copyOf(forgetting);
  }

  /** Whoever writes asks first, in the same critical section. */
  void require(TenantId tenant) {
    if (isErased(tenant)) {
      throw new TenantErasedException(tenant);
    }
  }

  boolean isErased(TenantId tenant) {
    return erased.contains(tenant);
  }

  @Override
  public void erase(TenantId tenant) {
    erased.add(tenant);
    stores.forEach(store -> store.accept(tenant));
    listeners.forEach(listener -> listener.accept(tenant));
  }

  @Override
  public void admit(TenantId tenant) {
    erased.remove(tenant);
  }

  @Override
  public void whenErased(Consumer<TenantId> listener) {
    listeners.add(listener);
  }

  @Override
  public void renewKey(TenantId tenant) {
    require(tenant);
  }
}
