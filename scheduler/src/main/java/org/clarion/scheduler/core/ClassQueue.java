package org.clarion.scheduler.core;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.core.SchedulerPolicy.TenantWeights;
import org.jspecify.annotations.Nullable;

/**
 * The waiting generations of one clinical class: within a clinic in order of arrival, among clinics by virtual time,
 * which is the service that a clinic was given divided by its weight. Clinics with something waiting stand in a heap;
 * one that is passed over in a step stands outside until {@link #restore}.
 */
final class ClassQueue {
  /** Virtual time of one unit of service at weight 1. */
  static final long UNIT = 1000;
  private static final int REMEMBERED = 4096;

  /** A clinic within the class. */
  static final class Tenant {
    final long weight;
    final long order;
    /** First in, first out, and any may leave. */
    final LinkedHashSet<Sequence> waiting = new LinkedHashSet<>();
    /** Sequences that have not ended, running ones included. */
    int live;
    long virtual;
    long served;
    /** Sums over {@link #waiting}. */
    long waitingPrompt;
    long waitingAnswer;
    int place = TenantHeap.OUTSIDE;

    Tenant(long weight, long order) {
      this.weight = weight;
      this.order = order;
    }

    boolean before(Tenant other) {
      return virtual < other.virtual || (virtual == other.virtual && order < other.order);
    }
  }

  private final TenantWeights weights;
  private final Map<TenantId, Tenant> tenants = new LinkedHashMap<>();
  private final TenantHeap heap = new TenantHeap();
  private final LinkedHashSet<Tenant> passed = new LinkedHashSet<>();
  private int forgetAbove = REMEMBERED;
  private long nextOrder;
  /** Of the clinic whose queue ran empty last: where virtual time stands while nobody waits. */
  private long lastLeft;

  ClassQueue(TenantWeights weights) {
    this.weights = weights;
  }

  /** Whether somebody waits who was not passed over. */
  boolean ready() {
    return heap.first() != null;
  }

  /** Whether somebody waits. */
  boolean backlogged() {
    return ready() || !passed.isEmpty();
  }

  /** The generation to start next, of those that were not passed over. */
  @Nullable
  Sequence first() {
    Tenant tenant = heap.first();
    return tenant == null ? null : tenant.waiting.getFirst();
  }

  /** A sequence of the clinic lives; waiting or not. */
  void born(TenantId id) {
    tenant(id).live++;
  }

  /** The sequence queues up. A clinic whose first it is starts level with the least served of those that wait. */
  void add(Sequence sequence) {
    Tenant tenant = tenant(sequence.tenant());
    if (tenant.waiting.isEmpty()) {
      tenant.virtual = Math.max(tenant.virtual, present());
      heap.add(tenant);
    }
    tenant.waiting.add(sequence);
    count(tenant, sequence, 1);
  }

  /** The sequence waits no longer; false when it did not. */
  boolean remove(Sequence sequence) {
    Tenant tenant = tenant(sequence.tenant());
    if (!tenant.waiting.remove(sequence)) {
      return false;
    }
    count(tenant, sequence, -1);
    if (tenant.waiting.isEmpty()) {
      heap.remove(tenant);
      passed.remove(tenant);
      lastLeft = tenant.virtual;
    }
    return true;
  }

  private static void count(Tenant tenant, Sequence sequence, int sign) {
    tenant.waitingPrompt += (long) sign * sequence.known.length();
    tenant.waitingAnswer += (long) sign * (sequence.maxTokens - sequence.generated);
  }

  /** The clinic that comes first has to stand back until {@link #restore}. */
  void pass() {
    Tenant tenant = heap.first();
    if (tenant != null) {
      heap.remove(tenant);
      passed.add(tenant);
    }
  }

  /** Those who stood back are there again. */
  void restore() {
    passed.forEach(heap::add);
    passed.clear();
  }

  void ended(TenantId id) {
    tenant(id).live--;
  }

  /** Books service given to a clinic. */
  void charge(TenantId id, long cost) {
    Tenant tenant = tenant(id);
    tenant.served += cost;
    advance(tenant, cost);
  }

  /** Books service that another replica gave to a clinic. */
  void chargeElsewhere(TenantId id, long cost) {
    Tenant tenant = tenant(id);
    if (tenant.waiting.isEmpty()) {
      // It waits elsewhere: to come back here with less than others have would be credit.
      tenant.virtual = Math.max(tenant.virtual, present());
    }
    advance(tenant, cost);
  }

  private void advance(Tenant tenant, long cost) {
    tenant.virtual += cost * UNIT * 1000 / tenant.weight;
    heap.later(tenant);
  }

  /** Service given to a clinic here; 0 when it is forgotten. */
  long served(TenantId id) {
    Tenant tenant = tenants.get(id);
    return tenant == null ? 0 : tenant.served;
  }

  /** The clinic's virtual time; that of the least served who waits, when it is forgotten. */
  long virtual(TenantId id) {
    Tenant tenant = tenants.get(id);
    return tenant == null ? present() : tenant.virtual;
  }

  /** Clinics known, for predictions; not to be changed. */
  Map<TenantId, Tenant> tenants() {
    return tenants;
  }

  /** Virtual time of the least served who waits. */
  long present() {
    Tenant first = heap.first();
    long least = first == null ? Long.MAX_VALUE : first.virtual;
    for (Tenant tenant : passed) {
      least = Math.min(least, tenant.virtual);
    }
    return least == Long.MAX_VALUE ? lastLeft : least;
  }

  private Tenant tenant(TenantId id) {
    Tenant tenant = tenants.get(id);
    if (tenant == null) {
      tenant = new Tenant(weights.of(id), nextOrder++);
      tenants.put(id, tenant);
      forgetIdle();
    }
    return tenant;
  }

  private void forgetIdle() {
    if (tenants.size() > forgetAbove) {
      tenants.values().removeIf(tenant -> tenant.live == 0 && tenant.virtual <= present());
      forgetAbove = Math.max(REMEMBERED, 2 * tenants.size());
    }
  }

  /** Checks sums and places; throws {@link IllegalStateException} at the first that is wrong. */
  void audit() {
    int standing = 0;
    for (Map.Entry<TenantId, Tenant> entry : tenants.entrySet()) {
      Tenant tenant = entry.getValue();
      long prompt = 0;
      long answer = 0;
      for (Sequence sequence : tenant.waiting) {
        prompt += sequence.known.length();
        answer += sequence.maxTokens - sequence.generated;
      }
      boolean stands = tenant.place != TenantHeap.OUTSIDE;
      standing += stands ? 1 : 0;
      if (prompt != tenant.waitingPrompt || answer != tenant.waitingAnswer || stands == tenant.waiting.isEmpty()
          || tenant.live < tenant.waiting.size()) {
        throw new IllegalStateException("tenant " + entry.getKey() + " has " + tenant.waiting.size() + " waiting of "
            + tenant.live + " with " + prompt + " and " + answer + " positions; booked are " + tenant.waitingPrompt
            + " and " + tenant.waitingAnswer + ", in the heap: " + stands);
      }
    }
    if (standing != heap.size() || !heap.ordered()) {
      throw new IllegalStateException(standing + " tenants wait, " + heap.size() + " stand in the heap, ordered: "
          + heap.ordered());
    }
  }
}
