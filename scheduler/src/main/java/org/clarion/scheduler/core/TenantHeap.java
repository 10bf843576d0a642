package org.clarion.scheduler.core;

import java.util.Arrays;
import org.clarion.scheduler.core.ClassQueue.Tenant;
import org.jspecify.annotations.Nullable;

/**
 * A binary heap of clinics, the least served first, in which every clinic knows its place: adding, removing and moving
 * one back take logarithmic time, looking at the first none. Not thread-safe.
 */
final class TenantHeap {
  /** {@link Tenant#place} of one that is in no heap. */
  static final int OUTSIDE = -1;

  private @Nullable Tenant[] heap = new Tenant[16];
  private int size;

  int size() {
    return size;
  }

  @Nullable
  Tenant first() {
    return size == 0 ? null : heap[0];
  }

  void add(Tenant tenant) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, 2 * size);
    }
    up(size++, tenant);
  }

  /** Harmless for one that is not in the heap. */
  void remove(Tenant tenant) {
    int place = tenant.place;
    if (place == OUTSIDE) {
      return;
    }
    tenant.place = OUTSIDE;
    Tenant last = at(--size);
    heap[size] = null;
    if (last != tenant) {
      up(place, last);
      down(last.place, last);
    }
  }

  /** The clinic's virtual time has grown. */
  void later(Tenant tenant) {
    if (tenant.place != OUTSIDE) {
      down(tenant.place, tenant);
    }
  }

  /** Whether every clinic is where it should be, for audits. */
  boolean ordered() {
    for (int i = 0; i < size; i++) {
      if (at(i).place != i || (i > 0 && at(i).before(at((i - 1) / 2)))) {
        return false;
      }
    }
    return true;
  }

  private void up(int from, Tenant tenant) {
    int place = from;
    while (place > 0 && tenant.before(at((place - 1) / 2))) {
      put(place, at((place - 1) / 2));
      place = (place - 1) / 2;
    }
    put(place, tenant);
  }

  private void down(int from, Tenant tenant) {
    int place = from;
    while (2 * place + 1 < size) {
      int child = 2 * place + 1;
      if (child + 1 < size && at(child + 1).before(at(child))) {
        child++;
      }
      if (!at(child).before(tenant)) {
        break;
      }
      put(place, at(child));
      place = child;
    }
    put(place, tenant);
  }

  private void put(int place, Tenant tenant) {
    heap[place] = tenant;
    tenant.place = place;
  }

  private Tenant at(int place) {
    Tenant tenant = heap[place];
    if (tenant == null) {
      throw new IllegalStateException("place " + place + " of " + size + " is empty");
    }
    return tenant;
  }
}
