package org.clarion.scheduler.cluster.memory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.EmbeddingStore;
import org.clarion.scheduler.api.StoredEmbedding;

/** Embeddings in a map. Thread-safe; never blocks for long. */
final class MemoryEmbeddingStore implements EmbeddingStore {
  private final ExpiringMap<EmbeddingKey, StoredEmbedding> embeddings = new ExpiringMap<>();
  private final InstantSource clock;

  MemoryEmbeddingStore(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public synchronized void put(EmbeddingKey key, StoredEmbedding embedding, Duration timeToLive) {
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

  @Override
  public synchronized void remove(EmbeddingKey key) {
    embeddings.remove(key);
  }
}
