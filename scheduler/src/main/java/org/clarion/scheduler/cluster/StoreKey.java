package org.clarion.scheduler.cluster;

import com.hazelcast.partition.PartitionAware;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.TenantId;

/**
 * The key of every map that holds a tenant's data. A tenant's entries lie in few partitions, so that one step's append
 * is few operations and the loss of a partition touches few tenants, but in more than one, so that a busy tenant does
 * not keep a single partition thread busy alone.
 */
record StoreKey(String tenant, String id) implements PartitionAware<String> {
  private static final int PARTITIONS_PER_TENANT = 4;

  static StoreKey of(SessionKey key) {
    return new StoreKey(key.tenant().value(), key.id().value());
  }

  static StoreKey of(GenerationKey key) {
    return new StoreKey(key.tenant().value(), key.id().value());
  }

  static StoreKey of(EmbeddingKey key) {
    return new StoreKey(key.tenant().value(), key.image().hex());
  }

  TenantId tenantId() {
    return new TenantId(tenant);
  }

  /** Names the value's place for its seal: a value sealed for one key opens under no other. */
  String place(String map) {
    return map + "/" + tenant + "/" + id;
  }

  @Override
  public String getPartitionKey() {
    return tenant + "#" + Math.floorMod(id.hashCode(), PARTITIONS_PER_TENANT);
  }
}
