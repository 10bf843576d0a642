package org.clarion.scheduler.cluster;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.api.TenantErasedException;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.cluster.seal.ClusterSecrets;
import org.clarion.scheduler.cluster.seal.DataKey;
import org.clarion.scheduler.cluster.seal.DataKeys;
import org.clarion.scheduler.cluster.seal.KeyMaker;
import org.clarion.scheduler.cluster.seal.KeyRing;
import org.clarion.scheduler.cluster.seal.SealBrokenException;
import org.clarion.scheduler.cluster.seal.WrappedKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tenants' keys as this member uses them: unwrapped, of the tenants that were served last. What became of a ring
 * elsewhere is told by {@link #changed} or found by {@link #refresh}; an older ring never replaces a newer one.
 * Thread-safe.
 */
final class TenantKeys implements DataKeys {
  private static final Logger LOG = LoggerFactory.getLogger(TenantKeys.class);
  private static final int MOST_TENANTS = 4096;
  private static final float LOAD = 0.75f;

  private final KeyRings rings;
  private final ClusterSecrets secrets;
  private final KeyMaker maker;
  private final BooleanSupplier namedKeys;
  private final Calls calls;
  private final Map<TenantId, Opened> opened = new LinkedHashMap<>(16, LOAD, true) {
    private static final long serialVersionUID = 1;

    @Override
    protected boolean removeEldestEntry(Map.Entry<TenantId, Opened> eldest) {
      return size() > MOST_TENANTS;
    }
  };

  private final List<Consumer<TenantId>> listeners = new CopyOnWriteArrayList<>();

  /** A ring and those of its keys that could be unwrapped. */
  private record Opened(KeyRing ring, Map<Long, DataKey> keys) {}

  /**
   * No tenant is known yet.
   *
   * @param namedKeys
   *          whether all members read values that name their key; while not, the derived one seals
   */
  TenantKeys(KeyRings rings, ClusterSecrets secrets, KeyMaker maker, BooleanSupplier namedKeys, Calls calls) {
    this.rings = rings;
    this.secrets = secrets;
    this.maker = maker;
    this.namedKeys = namedKeys;
    this.calls = calls;
  }

  @Override
  public DataKey sealing(TenantId tenant) {
    Opened known = known(tenant);
    Opened found = known == null ? load(tenant) : known;
    DataKey key = sealing(found);
    if (key != null) {
      return key;
    }
    throw missing(tenant, found, sealingId(found));
  }

  @Override
  public @Nullable DataKey sealingAtHand(TenantId tenant) {
    Opened known = known(tenant);
    return known == null ? null : sealing(known);
  }

  @Override
  public DataKey opening(TenantId tenant, long id) {
    Opened found = known(tenant);
    if (found == null || !found.keys.containsKey(id)) {
      // A key that another member has made since.
      found = load(tenant);
    }
    DataKey key = found.keys.get(id);
    if (key == null) {
      throw missing(tenant, found, id);
    }
    return key;
  }

  private @Nullable DataKey sealing(Opened opened) {
    return opened.ring.keys().isEmpty() ? null : opened.keys.get(sealingId(opened));
  }

  private long sealingId(Opened opened) {
    boolean derived = !namedKeys.getAsBoolean() && opened.keys.containsKey(DataKey.DERIVED);
    return derived || opened.ring.keys().isEmpty() ? DataKey.DERIVED : opened.ring.keys().getLast().id();
  }

  private RuntimeException missing(TenantId tenant, Opened found, long id) {
    if (found.ring.erased()) {
      return new TenantErasedException(tenant);
    }
    String by = found.ring.keys().stream().filter(key -> key.id() == id).map(WrappedKey::by).findAny().orElse("");
    return new SealBrokenException(by.isEmpty()
        ? "tenant " + tenant + " has no data key " + Long.toHexString(id)
        : "the data key of tenant " + tenant + " is wrapped with cluster secret " + by + "; known are "
            + secrets.ids());
  }

  private Opened load(TenantId tenant) {
    return calls.blocking("finding the keys of tenant " + tenant, () -> remember(tenant,
        rings.find(tenant).orElseGet(() -> rings.offer(tenant, maker.first(tenant)))));
  }

  private @Nullable Opened known(TenantId tenant) {
    synchronized (opened) {
      return opened.get(tenant);
    }
  }

  /** Tells of a ring that is stored now. Does not block. */
  void changed(TenantId tenant, KeyRing ring) {
    remember(tenant, ring);
  }

  private Opened remember(TenantId tenant, KeyRing ring) {
    Map<Long, DataKey> keys = new HashMap<>();
    for (WrappedKey key : ring.keys()) {
      if (secrets.knows(key)) {
        keys.put(key.id(), secrets.unwrap(tenant, key));
      }
    }
    Opened next = new Opened(ring, Map.copyOf(keys));
    synchronized (opened) {
      Opened before = opened.get(tenant);
      if (before != null && !ring.supersedes(before.ring)) {
        return before;
      }
      opened.put(tenant, next);
    }
    if (ring.erased()) {
      listeners.forEach(listener -> listener.accept(tenant));
    }
    return next;
  }

  /** Has the listener told, by any thread, of tenants whose keys are destroyed; it must not block. */
  void whenErased(Consumer<TenantId> listener) {
    listeners.add(listener);
  }

  /** Looks for changes that this member was not told of. Blocks. */
  void refresh() {
    Map<TenantId, KeyRing> known = new HashMap<>();
    synchronized (opened) {
      opened.forEach((tenant, found) -> known.put(tenant, found.ring));
    }
    if (known.isEmpty()) {
      return;
    }
    try {
      rings.changed(known).forEach(this::remember);
    } catch (ClusterUnavailableException e) {
      LOG.debug("whether keys have changed is not known: {}", e.getMessage());
    }
  }
}
