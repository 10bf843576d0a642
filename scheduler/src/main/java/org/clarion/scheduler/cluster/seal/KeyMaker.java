package org.clarion.scheduler.cluster.seal;

import java.util.function.Supplier;
import org.clarion.scheduler.api.TenantErasedException;
import org.clarion.scheduler.api.TenantId;

/** Makes and changes tenants' key rings, wrapped as the members agree. Thread-safe. */
public final class KeyMaker {
  private final ClusterSecrets secrets;
  private final Supplier<String> by;

  /**
   * Makes keys.
   *
   * @param by
   *          id of the secret that new keys are wrapped with: one that all members know
   */
  public KeyMaker(ClusterSecrets secrets, Supplier<String> by) {
    this.secrets = secrets;
    this.by = by;
  }

  /** The ring of a tenant that was never seen: a new key, and the derived one that older values may be sealed with. */
  public KeyRing first(TenantId tenant) {
    KeyRing derived = KeyRing.NONE.with(secrets.wrap(by.get(), tenant, secrets.derived(tenant)));
    return new KeyRing(1, 0, more(tenant, derived).keys());
  }

  /**
   * The ring with a new key for new values.
   *
   * @throws TenantErasedException
   *           when it has none
   */
  public KeyRing renewed(TenantId tenant, KeyRing ring) {
    if (ring.erased()) {
      throw new TenantErasedException(tenant);
    }
    return more(tenant, ring);
  }

  /** The ring of a tenant that is served again after it was erased; one that has keys stays as it is. */
  public KeyRing admitted(TenantId tenant, KeyRing ring) {
    return ring.erased() ? more(tenant, ring) : ring;
  }

  /** The ring with every key wrapped with the agreed secret; the same where they are already. */
  public KeyRing rewrapped(TenantId tenant, KeyRing ring) {
    String agreed = by.get();
    return ring.keys().stream().allMatch(key -> key.by().equals(agreed))
        ? ring
        : ring.rewrapped(key -> secrets.wrap(agreed, tenant, secrets.unwrap(tenant, key)));
  }

  private KeyRing more(TenantId tenant, KeyRing ring) {
    return ring.with(secrets.wrap(by.get(), tenant, DataKey.random(ring.nextOrdinal())));
  }
}
