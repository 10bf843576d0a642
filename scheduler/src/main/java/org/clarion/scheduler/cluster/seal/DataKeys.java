package org.clarion.scheduler.cluster.seal;

import javax.crypto.SecretKey;
import org.clarion.scheduler.api.TenantId;

/** A tenant's data key. Thread-safe. */
@FunctionalInterface
public interface DataKeys {
  /** An AES key of 256 bits, the same at every member for the life of the tenant's data. */
  SecretKey keyOf(TenantId tenant);
}
