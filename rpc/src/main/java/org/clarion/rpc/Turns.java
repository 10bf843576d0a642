package org.clarion.rpc;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What waits for one server: owners in turn, one item in each turn, and the items of one in the order in which they
 * came. For items that take the server equally long. Not thread-safe.
 *
 * <p>
 * <b>Bound.</b> An owner whose turn it was goes behind all who wait, and so does one that begins to wait. So between
 * two items of an owner each other owner gets one at most, and an item that is its owner's n-th is taken after n - 1 of
 * its own and at most n of each other owner that has items meanwhile, however many these have, and whatever they take
 * back.
 *
 * <p>
 * <b>Full.</b> See {@link Places}: one owner has at most half of the places.
 *
 * @param <K>
 *          names an owner
 * @param <T>
 *          an item
 */
public final class Turns<K, T> {
  private final Places<K> places;
  /** What waits of those who wait, whose turn is next first. */
  private final LinkedHashMap<K, Deque<T>> lines = new LinkedHashMap<>();

  /** For at most so many items. */
  public Turns(int capacity) {
    places = new Places<>(capacity);
  }

  /** The item waits; false when its owner may have no more. */
  public boolean offer(K owner, T item) {
    if (!places.take(owner)) {
      return false;
    }
    lines.computeIfAbsent(owner, _ -> new ArrayDeque<>()).add(item);
    return true;
  }

  /** Takes the next item; empty when none waits. */
  public Optional<T> next() {
    Map.Entry<K, Deque<T>> first = lines.pollFirstEntry();
    if (first == null) {
      return Optional.empty();
    }
    T item = first.getValue().remove();
    if (!first.getValue().isEmpty()) {
      lines.putLast(first.getKey(), first.getValue());
    }
    places.free(first.getKey());
    return Optional.of(item);
  }

  /** The owner takes an item back; false when it does not wait. */
  public boolean remove(K owner, T item) {
    Deque<T> line = lines.get(owner);
    if (line == null || !line.remove(item)) {
      return false;
    }
    if (line.isEmpty()) {
      lines.remove(owner);
    }
    places.free(owner);
    return true;
  }

  /** Items that wait. */
  public int size() {
    return places.taken();
  }

  /** Why {@link #offer} said no, for people. */
  public String refusal(K owner) {
    return places.refusal(owner);
  }
}
