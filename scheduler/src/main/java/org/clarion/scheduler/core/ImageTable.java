package org.clarion.scheduler.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.clarion.scheduler.api.EmbeddingKey;

/** Which embeddings sequences need, parked ones included, and which the ranks hold. */
final class ImageTable {
  private static final class Entry {
    int references;
    boolean ready;
  }

  private final Map<EmbeddingKey, Entry> entries = new HashMap<>();
  /** Held by the ranks and needed by nobody: told with the next plan. */
  private final Set<EmbeddingKey> unneeded = new LinkedHashSet<>();

  void retain(List<EmbeddingKey> keys) {
    for (EmbeddingKey key : keys) {
      Entry entry = entries.computeIfAbsent(key, k -> new Entry());
      entry.references++;
      entry.ready |= unneeded.remove(key);
    }
  }

  void release(List<EmbeddingKey> keys) {
    for (EmbeddingKey key : keys) {
      Entry entry = entries.get(key);
      if (entry == null) {
        throw new IllegalStateException("an embedding is released more often than retained");
      }
      if (--entry.references == 0) {
        entries.remove(key);
        if (entry.ready) {
          unneeded.add(key);
        }
      }
    }
  }

  /** False when no sequence needs the embedding. */
  boolean markReady(EmbeddingKey key) {
    Entry entry = entries.get(key);
    if (entry != null) {
      entry.ready = true;
    }
    return entry != null;
  }

  /** Whether the embedding was taken for present until now. */
  boolean markLost(EmbeddingKey key) {
    Entry entry = entries.get(key);
    if (entry == null || !entry.ready) {
      return false;
    }
    entry.ready = false;
    return true;
  }

  boolean ready(EmbeddingKey key) {
    Entry entry = entries.get(key);
    return entry != null && entry.ready;
  }

  boolean ready(List<EmbeddingKey> keys) {
    return keys.stream().allMatch(this::ready);
  }

  List<EmbeddingKey> takeUnneeded() {
    List<EmbeddingKey> taken = new ArrayList<>(unneeded);
    unneeded.clear();
    return taken;
  }

  /** References to all embeddings. */
  int references() {
    return entries.values().stream().mapToInt(entry -> entry.references).sum();
  }
}
