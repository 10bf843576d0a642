package org.clarion.scheduler.cluster;

import com.hazelcast.map.IMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.cluster.seal.KeyRing;

/** Key rings in a Hazelcast map without expiry, in more copies than other maps: without its ring a tenant is lost. */
final class HazelcastKeyRings implements KeyRings {
  private final IMap<String, KeyRing> map;
  private final Calls calls;

  HazelcastKeyRings(IMap<String, KeyRing> map, Calls calls) {
    this.map = map;
    this.calls = calls;
  }

  @Override
  public Optional<KeyRing> find(TenantId tenant) {
    return Optional.ofNullable(calls.make("reading keys", () -> map.getAsync(tenant.value())));
  }

  @Override
  public KeyRing offer(TenantId tenant, KeyRing ring) {
    return calls.make("writing keys", () -> map.submitToKey(tenant.value(), new OfferRing(ring)));
  }

  @Override
  public Map<TenantId, KeyRing> all() {
    return tenants(calls.blocking("reading all keys", () -> map.getAll(map.keySet())));
  }

  /** What is known here and lost there, with the members that held it, is offered again. */
  @Override
  public Map<TenantId, KeyRing> changed(Map<TenantId, KeyRing> known) {
    Set<String> names = known.keySet().stream().map(TenantId::value).collect(Collectors.toSet());
    Map<TenantId, KeyRing> there = tenants(calls.blocking("reading keys", () -> map.getAll(names)));
    Map<TenantId, KeyRing> changed = new HashMap<>();
    known.forEach((tenant, ring) -> {
      KeyRing now = there.containsKey(tenant) ? there.get(tenant) : offer(tenant, ring);
      if (now.supersedes(ring)) {
        changed.put(tenant, now);
      }
    });
    return changed;
  }

  private static Map<TenantId, KeyRing> tenants(Map<String, KeyRing> rings) {
    return rings.entrySet().stream().collect(Collectors.toMap(e -> new TenantId(e.getKey()), Map.Entry::getValue));
  }
}
