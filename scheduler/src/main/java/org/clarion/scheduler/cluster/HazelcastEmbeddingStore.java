package org.clarion.scheduler.cluster;

import com.hazelcast.map.IMap;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.EmbeddingStore;
import org.clarion.scheduler.api.StoredEmbedding;
import org.clarion.scheduler.cluster.seal.Sealer;
import org.jspecify.annotations.Nullable;

/** Embeddings in a Hazelcast map, sealed, each with a time to live of its own. */
final class HazelcastEmbeddingStore implements EmbeddingStore {
  private final IMap<StoreKey, byte[]> map;
  private final Sealer sealer;
  private final Calls calls;

  HazelcastEmbeddingStore(IMap<StoreKey, byte[]> map, Sealer sealer, Calls calls) {
    this.map = map;
    this.sealer = sealer;
    this.calls = calls;
  }

  @Override
  public void put(EmbeddingKey key, StoredEmbedding embedding, Duration timeToLive) {
    StoreKey at = StoreKey.of(key);
    byte[] sealed = sealer.seal(key.tenant(), at.place(map.getName()), Codecs.embedding(embedding));
    calls.<@Nullable Void>make("storing an embedding",
        () -> map.setAsync(at, sealed, seconds(timeToLive), TimeUnit.SECONDS));
  }

  @Override
  public Optional<StoredEmbedding> get(EmbeddingKey key) {
    StoreKey at = StoreKey.of(key);
    byte @Nullable [] found = calls.<byte @Nullable []>make("reading an embedding", () -> map.getAsync(at));
    return Optional.ofNullable(found)
        .map(sealed -> Codecs.embedding(sealer.open(key.tenant(), at.place(map.getName()), sealed)));
  }

  @Override
  public boolean prolong(EmbeddingKey key, Duration timeToLive) {
    return calls.blocking("prolonging an embedding",
        () -> map.setTtl(StoreKey.of(key), seconds(timeToLive), TimeUnit.SECONDS));
  }

  @Override
  public void remove(EmbeddingKey key) {
    calls.<Boolean>make("removing an embedding", () -> map.deleteAsync(StoreKey.of(key)));
  }

  /** Hazelcast counts whole seconds and would cut the rest off, down to 0, which it takes for ever. */
  private static long seconds(Duration timeToLive) {
    if (timeToLive.isNegative() || timeToLive.isZero()) {
      throw new IllegalArgumentException("time to live " + timeToLive + " is not positive");
    }
    return timeToLive.plusSeconds(1).minusNanos(1).toSeconds();
  }
}
