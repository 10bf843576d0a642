package org.clarion.scheduler.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.clarion.scheduler.api.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * Generations that wait for their start. Within a tenant they start in order of arrival (those that wait for an
 * embedding stand aside); among tenants the one that was given least comes first. A tenant that comes back after a
 * pause starts level with the least served of those present, so that idling earns no credit.
 */
final class FairQueue {
  /** Costs in tenths of a prefill position. */
  static final int PREFILL_COST = 10;
  static final int DECODE_COST = 20;
  static final int IMAGE_COST = 640;
  static final int CACHED_COST = 1;
  private static final int REMEMBERED_TENANTS = 4096;

  private static final class Tenant {
    final Deque<Sequence> waiting = new ArrayDeque<>();
    /** Sequences of the tenant that have not ended. */
    int live;
    int queued;
    long served;
  }

  private final Map<TenantId, Tenant> tenants = new LinkedHashMap<>();
  private final Set<Sequence> awaiting = new LinkedHashSet<>();
  private int queued;
  private long lastServed;

  /** Generations that have not started. */
  int size() {
    return queued;
  }

  int size(TenantId id) {
    Tenant tenant = tenants.get(id);
    return tenant == null ? 0 : tenant.queued;
  }

  /** Sequences that stand aside for an embedding. */
  Set<Sequence> awaiting() {
    return awaiting;
  }

  /** A new generation. */
  void arrive(Sequence sequence, boolean ready) {
    Tenant tenant = tenants.computeIfAbsent(sequence.tenant(), id -> new Tenant());
    if (tenant.live == 0) {
      OptionalLong least = tenants.values().stream().filter(t -> t.live > 0).mapToLong(t -> t.served).min();
      tenant.served = Math.max(tenant.served, least.orElse(lastServed));
    }
    tenant.live++;
    tenant.queued++;
    queued++;
    if (ready) {
      tenant.waiting.addLast(sequence);
    } else {
      awaiting.add(sequence);
    }
    forgetIdle();
  }

  /** The embedding is there: the sequence queues behind its tenant's others. */
  void wake(Sequence sequence) {
    awaiting.remove(sequence);
    tenant(sequence.tenant()).waiting.addLast(sequence);
  }

  /** An embedding that seemed to be there is not. */
  void setAside(Sequence sequence) {
    tenant(sequence.tenant()).waiting.remove(sequence);
    awaiting.add(sequence);
  }

  /** The sequence starts or ends: it waits no longer. */
  void leave(Sequence sequence) {
    Tenant tenant = tenant(sequence.tenant());
    if (!awaiting.remove(sequence) && !tenant.waiting.remove(sequence)) {
      throw new IllegalStateException("sequence " + sequence.id + " is not in the queue");
    }
    tenant.queued--;
    queued--;
  }

  /** A sequence, started or not, has ended. */
  void ended(Sequence sequence) {
    tenant(sequence.tenant()).live--;
  }

  /** The next generation to start, of none of the excluded tenants. */
  Optional<Sequence> next(Set<TenantId> excluded) {
    @Nullable
    Sequence best = null;
    long least = Long.MAX_VALUE;
    for (Map.Entry<TenantId, Tenant> entry : tenants.entrySet()) {
      Tenant tenant = entry.getValue();
      Sequence head = tenant.waiting.peekFirst();
      if (head != null && tenant.served < least && !excluded.contains(entry.getKey())) {
        best = head;
        least = tenant.served;
      }
    }
    return Optional.ofNullable(best);
  }

  void charge(TenantId id, long cost) {
    Tenant tenant = tenant(id);
    tenant.served += cost;
    lastServed = tenant.served;
  }

  /** What a tenant was given, in tenths of a prefill position; 0 when forgotten. */
  long served(TenantId id) {
    Tenant tenant = tenants.get(id);
    return tenant == null ? 0 : tenant.served;
  }

  private Tenant tenant(TenantId id) {
    Tenant tenant = tenants.get(id);
    if (tenant == null) {
      throw new IllegalStateException("tenant " + id + " has no sequence");
    }
    return tenant;
  }

  private void forgetIdle() {
    if (tenants.size() > REMEMBERED_TENANTS) {
      tenants.values().removeIf(tenant -> tenant.live == 0);
    }
  }
}
