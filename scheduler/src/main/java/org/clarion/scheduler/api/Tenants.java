package org.clarion.scheduler.api;

import java.util.function.Consumer;

/**
 * What an operator does with tenants as a whole. Every method blocks: {@link #erase} for as long as the tenant has
 * entries, the others for the deadline of shared state; past it they throw {@link ClusterUnavailableException} and may
 * be repeated. Thread-safe.
 */
public interface Tenants {
  /**
   * Makes everything that is stored of the tenant unreadable, first of all by destroying its keys, and then forgets it.
   * From then on nothing of it is kept: writes fail with {@link TenantErasedException}, reads find nothing or fail like
   * that. Harmless when repeated, and to be repeated when it failed.
   */
  void erase(TenantId tenant);

  /** Serves an erased tenant again, with a new key and nothing of before; others are left as they are. */
  void admit(TenantId tenant);

  /**
   * Seals the tenant's new values with a new key; those of before stay readable.
   *
   * @throws TenantErasedException
   *           when it was erased
   */
  void renewKey(TenantId tenant);

  /**
   * Has the listener told, by any thread and perhaps more than once, of every tenant that is erased from now on. It
   * must not block.
   */
  void whenErased(Consumer<TenantId> listener);
}
