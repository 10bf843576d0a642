package org.clarion.vision.core;

import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/** The embeddings of the images seen last, at most a number of them. Not thread-safe. */
public final class EmbeddingCache {
  private final int capacity;
  /** In order of use, the least recent first. */
  private final LinkedHashMap<ImageKey, float[]> kept = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * An empty cache.
   *
   * @param capacity
   *          images; 0 keeps none
   */
  public EmbeddingCache(int capacity) {
    this.capacity = capacity;
  }

  /** The values [tokens, hidden], or null; counts as use. Not to be changed. */
  public float @Nullable [] find(ImageKey key) {
    return kept.get(key);
  }

  /** Keeps the values; the one used longest ago goes where there is no room. */
  public void put(ImageKey key, float[] values) {
    kept.put(key, values);
    if (kept.size() > capacity) {
      var _ = kept.pollFirstEntry();
    }
  }

  /** Images held. */
  public int size() {
    return kept.size();
  }
}
