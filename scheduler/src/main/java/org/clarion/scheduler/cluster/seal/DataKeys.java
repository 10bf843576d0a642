package org.clarion.scheduler.cluster.seal;

import org.clarion.scheduler.api.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * Tenants' data keys. Thread-safe. Methods that may block do remote work when this process has not met the tenant or
 * the key before: they belong on virtual threads, and throw
 * {@link org.clarion.scheduler.api.ClusterUnavailableException} past the deadline and
 * {@link org.clarion.scheduler.api.TenantErasedException} for a tenant that has no keys any more.
 */
public interface DataKeys {
  /** The key for new values, the same at every member; made when the tenant has none. May block. */
  DataKey sealing(TenantId tenant);

  /** The same when it is at hand, else null. Never blocks: for hot paths. */
  @Nullable
  DataKey sealingAtHand(TenantId tenant);

  /**
   * The key of that id. May block.
   *
   * @throws SealBrokenException
   *           when the tenant has no such key
   */
  DataKey opening(TenantId tenant, long id);
}
