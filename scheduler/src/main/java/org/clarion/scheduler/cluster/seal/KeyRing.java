package org.clarion.scheduler.cluster.seal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * All data keys of a tenant, wrapped. Keys are only ever added, until all are destroyed at once: that begins an era, of
 * which copies with keys of eras before know less, however often they were changed. Pure.
 *
 * @param version
 *          one more with every change
 * @param era
 *          how often the tenant was erased
 * @param keys
 *          by their ordinals; none once the tenant is erased
 */
public record KeyRing(long version, int era, List<WrappedKey> keys) {
  /** The most keys that a tenant has. */
  public static final int MAX_KEYS = 64;

  private static final Comparator<WrappedKey> ORDER = Comparator.comparingInt(WrappedKey::ordinal)
      .thenComparingLong(WrappedKey::id);
  /** Of a tenant that was never seen. */
  static final KeyRing NONE = new KeyRing(0, 0, List.of());

  public KeyRing {
    keys = keys.stream().sorted(ORDER).toList();
  }

  /** The ring with one more key. */
  KeyRing with(WrappedKey key) {
    if (keys.size() == MAX_KEYS) {
      throw new IllegalStateException("a tenant has at most " + MAX_KEYS + " data keys");
    }
    List<WrappedKey> more = new ArrayList<>(keys);
    more.add(key);
    return new KeyRing(version + 1, era, more);
  }

  /** The ring with every key wrapped in another way. */
  KeyRing rewrapped(UnaryOperator<WrappedKey> wrapping) {
    return new KeyRing(version + 1, era, keys.stream().map(wrapping).toList());
  }

  /** The ring without its keys. */
  public KeyRing destroyed() {
    return new KeyRing(version + 1, era + 1, List.of());
  }

  /** Whether the tenant was erased and not admitted again. */
  public boolean erased() {
    return keys.isEmpty() && era > 0;
  }

  /** Ordinal of the next key. */
  int nextOrdinal() {
    return keys.isEmpty() ? 1 : keys.getLast().ordinal() + 1;
  }

  /** Whether this is what became of the other one. */
  public boolean supersedes(KeyRing other) {
    return era > other.era || (era == other.era && version > other.version);
  }

  /** What two sides of a split network know together. */
  public KeyRing join(KeyRing other) {
    return other.supersedes(this) ? other.joinOlder(this) : joinOlder(other);
  }

  private KeyRing joinOlder(KeyRing older) {
    if (era > older.era) {
      return this;
    }
    Map<Long, WrappedKey> known = new HashMap<>();
    older.keys.forEach(key -> known.put(key.id(), key));
    keys.forEach(key -> known.put(key.id(), key));
    return known.size() == keys.size() ? this : new KeyRing(version + 1, era, List.copyOf(known.values()));
  }
}
