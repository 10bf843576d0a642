package org.clarion.llm.exec;

import org.clarion.llm.core.EmbeddingStore;
import org.clarion.llm.core.ImageKey;
import org.clarion.llm.core.SequenceTable.EmbeddingReferences;
import org.jspecify.annotations.Nullable;

/** The rank's embeddings, filled by calls of {@code Put} and read by the executor: the store behind a lock. */
public final class Embeddings implements EmbeddingReferences {
  private final EmbeddingStore store;

  public Embeddings(long capacityBytes) {
    this.store = new EmbeddingStore(capacityBytes);
  }

  /** See {@link EmbeddingStore#put}. */
  public synchronized EmbeddingStore.Outcome put(ImageKey key, float[] values) {
    return store.put(key, values);
  }

  /** Bytes held. */
  public synchronized long bytes() {
    return store.bytes();
  }

  synchronized boolean contains(ImageKey key) {
    return store.contains(key);
  }

  synchronized float @Nullable [] find(ImageKey key) {
    return store.find(key);
  }

  synchronized void drop(ImageKey key) {
    store.drop(key);
  }

  @Override
  public synchronized void retain(ImageKey key) {
    store.retain(key);
  }

  @Override
  public synchronized void release(ImageKey key) {
    store.release(key);
  }
}
