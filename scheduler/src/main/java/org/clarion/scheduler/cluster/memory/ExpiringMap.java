package org.clarion.scheduler.cluster.memory;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A map whose entries are gone at an instant. Time comes from the caller. Not thread-safe. */
final class ExpiringMap<K, V> {
  private static final int LEAST_WRITES_BETWEEN_SWEEPS = 256;

  private final Map<K, Timed<V>> entries = new HashMap<>();
  private int writes;

  private record Timed<V>(V value, Instant until) {}

  @Nullable
  V get(K key, Instant now) {
    Timed<V> timed = entries.get(key);
    return timed != null && now.isBefore(timed.until) ? timed.value : null;
  }

  void put(K key, V value, Instant now, Duration life) {
    // As many writes as there are entries pay for one look at each of them.
    if (++writes > Math.max(LEAST_WRITES_BETWEEN_SWEEPS, entries.size())) {
      writes = 0;
      entries.values().removeIf(timed -> !now.isBefore(timed.until));
    }
    entries.put(key, new Timed<>(value, now.plus(life)));
  }

  List<V> values(Instant now) {
    return entries.values().stream().filter(timed -> now.isBefore(timed.until)).map(Timed::value).toList();
  }

  void removeIf(Predicate<K> which) {
    entries.keySet().removeIf(which);
  }

  void remove(K key) {
    entries.remove(key);
  }

  int size() {
    return entries.size();
  }
}
