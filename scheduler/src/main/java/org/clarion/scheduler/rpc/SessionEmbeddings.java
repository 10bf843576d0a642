package org.clarion.scheduler.rpc;

import java.time.Duration;
import org.clarion.proto.v1.PutStart;
import org.clarion.rpc.Embedding;
import org.clarion.rpc.EmbeddingReceiver;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.EmbeddingStore;
import org.clarion.scheduler.api.StoredEmbedding;

/**
 * Keeps arriving embeddings in session state and tells the loop. The scheduler is the last to be delivered to, so every
 * rank holds the embedding by then. Thread-safe; {@link #store} blocks for the store's deadline.
 */
final class SessionEmbeddings implements EmbeddingReceiver.Sink {
  private final ReplicaSpec replica;
  private final EmbeddingStore store;
  private final SchedulerLoop loop;
  private final Duration life;

  SessionEmbeddings(ReplicaSpec replica, EmbeddingStore store, SchedulerLoop loop, Duration life) {
    this.replica = replica;
    this.store = store;
    this.loop = loop;
    this.life = life;
  }

  @Override
  public void check(PutStart start) {
    if (!start.getModel().equals(replica.model())) {
      throw new ServiceError.NotFound("model_not_found",
          "this scheduler serves model " + replica.model() + " only").toException();
    }
    ReplicaDriver.Shape shape = loop.view().shape();
    if (shape != null && shape.hidden() != start.getHidden()) {
      throw new ServiceError.InvalidArgument("the embedding is " + Integer.toUnsignedString(start.getHidden())
          + " wide, the model's positions are " + shape.hidden()).toException();
    }
  }

  @Override
  public boolean store(Embedding arrived) {
    try {
      EmbeddingKey key = Wire.key(arrived.key());
      boolean known = store.prolong(key, life);
      if (!known) {
        store.put(key, new StoredEmbedding(arrived.model(), arrived.tokens(), arrived.hidden(),
            StoredEmbedding.ElementKind.FLOAT32, arrived.payload()), life);
      }
      loop.embeddingReady(key);
      return !known;
    } catch (RuntimeException e) {
      throw ServiceFailures.of(e).toException();
    }
  }
}
