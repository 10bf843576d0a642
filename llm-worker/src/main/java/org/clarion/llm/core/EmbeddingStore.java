package org.clarion.llm.core;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The embeddings that a rank holds, within a bound of bytes. What a sequence still has to read stays; of the rest the
 * one used longest ago goes first. Not thread-safe.
 */
public final class EmbeddingStore implements SequenceTable.EmbeddingReferences {
  private final long capacityBytes;
  /** In order of use, the least recent first. */
  private final LinkedHashMap<ImageKey, float[]> kept = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<ImageKey, Integer> references = new HashMap<>();
  private long bytes;

  public EmbeddingStore(long capacityBytes) {
    this.capacityBytes = capacityBytes;
  }

  /** Bytes of values held. */
  public long bytes() {
    return bytes;
  }

  /** Embeddings held. */
  public int size() {
    return kept.size();
  }

  /** Whether the embedding is there; does not count as use. */
  public boolean contains(ImageKey key) {
    return kept.containsKey(key);
  }

  /** The values [tokens, hidden], or null; counts as use. Not to be changed. */
  public float @Nullable [] find(ImageKey key) {
    return kept.get(key);
  }

  /** What became of a {@link #put}. */
  public enum Outcome {
    /** Kept. */
    STORED,
    /** It was there already; the old values stay. */
    PRESENT,
    /** There is no room that could be made. */
    FULL
  }

  /** Keeps the values unless they are there, dropping others where room is needed. */
  public Outcome put(ImageKey key, float[] values) {
    if (kept.get(key) != null) {
      return Outcome.PRESENT;
    }
    long size = 4L * values.length;
    if (!makeRoom(size)) {
      return Outcome.FULL;
    }
    kept.put(key, values);
    bytes += size;
    return Outcome.STORED;
  }

  /** Forgets an embedding unless a sequence still has to read it. */
  public void drop(ImageKey key) {
    if (!references.containsKey(key)) {
      float[] values = kept.remove(key);
      bytes -= values == null ? 0 : 4L * values.length;
    }
  }

  @Override
  public void retain(ImageKey key) {
    references.merge(key, 1, Integer::sum);
  }

  @Override
  public void release(ImageKey key) {
    references.computeIfPresent(key, (_, count) -> count == 1 ? null : count - 1);
  }

  private boolean makeRoom(long size) {
    long freeable = capacityBytes - bytes;
    if (freeable < size) {
      freeable += kept.entrySet().stream().filter(e -> !references.containsKey(e.getKey()))
          .mapToLong(e -> 4L * e.getValue().length).sum();
    }
    if (freeable < size) {
      return false;
    }
    var oldest = kept.entrySet().iterator();
    while (bytes + size > capacityBytes) {
      var entry = oldest.next();
      if (!references.containsKey(entry.getKey())) {
        oldest.remove();
        bytes -= 4L * entry.getValue().length;
      }
    }
    return true;
  }
}
