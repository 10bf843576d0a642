package org.clarion.scheduler.rpc;

import io.grpc.Channel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.clarion.rpc.Deadlines;
import org.clarion.rpc.Embedding;
import org.clarion.rpc.EmbeddingSender;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.EmbeddingStore;
import org.clarion.scheduler.api.StoredEmbedding;

/** Brings embeddings that session state holds to every rank. Blocks: call from a virtual thread. Thread-safe. */
final class EmbeddingPusher {
  private final EmbeddingStore store;
  private final List<String> ranks;
  private final Function<String, Channel> channels;

  EmbeddingPusher(EmbeddingStore store, List<String> ranks, Function<String, Channel> channels) {
    this.store = store;
    this.ranks = List.copyOf(ranks);
    this.channels = channels;
  }

  /** False when session state does not hold the embedding; fails when a rank does not take it. */
  boolean push(EmbeddingKey key) {
    Optional<StoredEmbedding> found = store.get(key);
    found.ifPresent(embedding -> send(key, embedding));
    return found.isPresent();
  }

  private void send(EmbeddingKey key, StoredEmbedding embedding) {
    EmbeddingSender sender = new EmbeddingSender(new Embedding(Wire.key(key), embedding.model(),
        embedding.tokens(), embedding.hidden(), floats(embedding)));
    CompletableFuture<?>[] puts = ranks.stream()
        .map(rank -> sender.put(channels.apply(rank), Deadlines.PUT)).toArray(CompletableFuture<?>[]::new);
    CompletableFuture.allOf(puts).join();
  }

  private static float[] floats(StoredEmbedding embedding) {
    ByteBuffer bytes = ByteBuffer.wrap(embedding.payload()).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[embedding.tokens() * embedding.hidden()];
    switch (embedding.kind()) {
      case FLOAT32 -> bytes.asFloatBuffer().get(values);
      case FLOAT16 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.float16ToFloat(bytes.getShort());
        }
      }
    }
    return values;
  }
}
