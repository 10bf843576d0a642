package org.clarion.scheduler.api;

import java.time.Duration;
import java.util.Optional;

/**
 * Embeddings of live sessions, so that a follow-up or a new rank needs neither the image nor the encoder.
 * <p>
 * Every method blocks for at most the store's deadline and throws {@link ClusterUnavailableException} past it: call
 * from a virtual thread. Thread-safe.
 */
public interface EmbeddingStore {
  /**
   * Stores or replaces; forgotten after {@code timeToLive}, rounded up to whole seconds. Reading does not prolong it.
   */
  void put(EmbeddingKey key, StoredEmbedding embedding, Duration timeToLive);

  /** Empty when unknown, expired, or of another tenant. */
  Optional<StoredEmbedding> get(EmbeddingKey key);

  /** Counts the time to live from now on; false when there is no such embedding. */
  boolean prolong(EmbeddingKey key, Duration timeToLive);

  /** Forgets the embedding; harmless when there is none. */
  void remove(EmbeddingKey key);
}
