package org.clarion.scheduler.cluster;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.cluster.seal.KeyRing;

/**
 * Where tenants' key rings are kept, the same for all members. Methods block for remote work and throw
 * {@link ClusterUnavailableException} where it fails. Thread-safe.
 */
interface KeyRings {
  int TRIES = 100;

  /** The ring, perhaps not the newest; empty when the tenant was never seen. */
  Optional<KeyRing> find(TenantId tenant);

  /**
   * Stores the ring if it supersedes what is there. Harmless when repeated.
   *
   * @return what is there then
   */
  KeyRing offer(TenantId tenant, KeyRing ring);

  /** All rings. */
  Map<TenantId, KeyRing> all();

  /** Of these, the rings that have changed since, as they are now. */
  Map<TenantId, KeyRing> changed(Map<TenantId, KeyRing> known);

  /**
   * Changes a ring, whoever else does so meanwhile.
   *
   * @param change
   *          from the ring that is there to the one that is to be; asked again when another change came first
   * @return the changed ring
   */
  default KeyRing change(TenantId tenant, Function<Optional<KeyRing>, KeyRing> change) {
    for (int i = 0; i < TRIES; i++) {
      KeyRing next = change.apply(find(tenant));
      if (offer(tenant, next).equals(next)) {
        return next;
      }
    }
    throw new ClusterUnavailableException("the keys of tenant " + tenant + " change all the time");
  }
}
