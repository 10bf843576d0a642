package org.clarion.rpc;

import java.util.HashMap;
import java.util.Map;

/**
 * Places that owners share. One may hold as many as are left and no more: the first half of all, the next half of what
 * is left then. So nobody finds all of them taken by one other, and who holds none is refused only when none is left.
 * Not thread-safe.
 *
 * @param <K>
 *          names an owner
 */
public final class Places<K> {
  private final int capacity;
  private final Map<K, Integer> held = new HashMap<>();
  private int taken;

  /** So many places, at least one. */
  public Places(int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("places " + capacity + " are not at least 1");
    }
    this.capacity = capacity;
  }

  /** Takes a place; false when the owner may have no more. */
  public boolean take(K owner) {
    if (taken(owner) >= capacity - taken) {
      return false;
    }
    held.merge(owner, 1, Integer::sum);
    taken++;
    return true;
  }

  /**
   * Gives a place back.
   *
   * @throws IllegalStateException
   *           when the owner has none
   */
  public void free(K owner) {
    int left = taken(owner) - 1;
    if (left < 0) {
      throw new IllegalStateException("an owner without places gave one back");
    }
    taken--;
    if (left == 0) {
      held.remove(owner);
    } else {
      held.put(owner, left);
    }
  }

  /** Places that are taken. */
  public int taken() {
    return taken;
  }

  /** Those that the owner has. */
  public int taken(K owner) {
    return held.getOrDefault(owner, 0);
  }

  /** Why the owner gets no more, for people. */
  public String refusal(K owner) {
    return taken + " of " + capacity + " places are taken, " + taken(owner)
        + " of them by the same tenant, which may have no more than are left";
  }
}
