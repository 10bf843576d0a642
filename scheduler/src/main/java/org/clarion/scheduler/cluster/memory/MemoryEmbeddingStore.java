package org.clarion.scheduler.cluster.memory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.EmbeddingStore;
import org.clarion.scheduler.api.StoredEmbedding;
import org.clarion.scheduler.api.TenantId;

/** Embeddings in a map. Thread-safe; never blocks for long. */
final class MemoryEmbeddingStore implements EmbeddingStore {
  private final ExpiringMap<EmbeddingKey, StoredEmbedding> embeddings = new ExpiringMap<>();
  private final MemoryTenants tenants;
  private final InstantSource clock;

  MemoryEmbeddingStore(MemoryTenants tenants, InstantSource clock) {
    this.tenants = tenants;
    this.clock = clock;
  }

  @Override
  public synchronized void put(EmbeddingKey key, StoredEmbedding embedding, Duration timeToLive) {
    tenants.require(key.tenant());
    embeddings.put(key, embedding, clock.instant(), timeToLive);
  }

  @Override
  public synchronized Optional<StoredEmbedding> get(EmbeddingKey key) {
    return Optional.ofNullable(embeddings.get(key, clock.instant()));
  }

  @Override
  public synchronized boolean prolong(EmbeddingKey key, Duration timeToLive) {
    Instant now = clock.instant();
    StoredEmbedding found = embeddings.get(key, now);
    if (found != null) {
      embeddings.put(key, found, now, timeToLive);
    }
    return found != null;
  }

  synchronized void forget(TenantId tenant) {
    embeddings.removeIf(key -> key.tenant().equals(tenant));
  }

  @Override
  public synchronized void remove(EmbeddingKey key) {
    embeddings.remove(key);
  }
}
