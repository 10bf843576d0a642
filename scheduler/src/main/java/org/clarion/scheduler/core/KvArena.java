package org.clarion.scheduler.core;

import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Book-keeping of a replica's key-value memory: every position is free or belongs to exactly one extent. Best fit, and
 * free neighbours always join, so a hole's neighbours are in use. Not thread-safe; the keys and values live elsewhere.
 */
public final class KvArena {
  private final int capacity;
  private final NavigableMap<Integer, Extent> used = new TreeMap<>();
  private final NavigableMap<Integer, Extent> free = new TreeMap<>();
  private final NavigableSet<Extent> bySize = new TreeSet<>(
      Comparator.comparingInt(Extent::length).thenComparingInt(Extent::offset));
  private int freePositions;

  /**
   * @param capacity
   *          positions of the arena
   */
  public KvArena(int capacity) {
    this.capacity = capacity;
    addFree(new Extent(0, capacity));
  }

  public int capacity() {
    return capacity;
  }

  /** Free positions, in however many holes. */
  public int freePositions() {
    return freePositions;
  }

  /** Length of the longest hole. */
  public int longestHole() {
    return bySize.isEmpty() ? 0 : bySize.last().length();
  }

  /** Takes the head of the smallest hole that is long enough; among equals the lowest. */
  public Optional<Extent> allocate(int length) {
    Extent hole = bySize.ceiling(new Extent(0, length));
    if (hole == null) {
      return Optional.empty();
    }
    removeFree(hole);
    if (hole.length() > length) {
      addFree(new Extent(hole.offset() + length, hole.length() - length));
    }
    Extent extent = new Extent(hole.offset(), length);
    used.put(extent.offset(), extent);
    return Optional.of(extent);
  }

  /** Lengthens the extent where it lies, if the positions behind it are free. */
  public Optional<Extent> grow(Extent extent, int length) {
    check(extent);
    int more = length - extent.length();
    if (more <= 0) {
      return Optional.of(extent);
    }
    Extent hole = free.get(extent.end());
    if (hole == null || hole.length() < more) {
      return Optional.empty();
    }
    removeFree(hole);
    if (hole.length() > more) {
      addFree(new Extent(hole.offset() + more, hole.length() - more));
    }
    Extent grown = new Extent(extent.offset(), length);
    used.put(grown.offset(), grown);
    return Optional.of(grown);
  }

  /** Gives the end of an extent back. */
  public Extent shrink(Extent extent, int length) {
    check(extent);
    if (length >= extent.length()) {
      return extent;
    }
    Extent shorter = new Extent(extent.offset(), length);
    Extent rest = new Extent(shorter.end(), extent.length() - length);
    used.put(shorter.offset(), shorter);
    used.put(rest.offset(), rest);
    free(rest);
    return shorter;
  }

  /** Gives an extent back. */
  public void free(Extent extent) {
    check(extent);
    used.remove(extent.offset());
    int from = extent.offset();
    int to = extent.end();
    Map.Entry<Integer, Extent> before = free.lowerEntry(from);
    if (before != null && before.getValue().end() == from) {
      from = before.getValue().offset();
      removeFree(before.getValue());
    }
    Extent after = free.get(to);
    if (after != null) {
      to = after.end();
      removeFree(after);
    }
    addFree(new Extent(from, to - from));
  }

  /** Moves an extent to positions that are free or its own. */
  public Extent move(Extent extent, int offset) {
    free(extent);
    Map.Entry<Integer, Extent> under = free.floorEntry(offset);
    Extent moved = new Extent(offset, extent.length());
    if (under == null || under.getValue().end() < moved.end()) {
      throw new IllegalStateException(extent + " cannot move to " + moved + ": the positions are not free");
    }
    Extent hole = under.getValue();
    removeFree(hole);
    if (hole.offset() < moved.offset()) {
      addFree(new Extent(hole.offset(), moved.offset() - hole.offset()));
    }
    if (moved.end() < hole.end()) {
      addFree(new Extent(moved.end(), hole.end() - moved.end()));
    }
    used.put(moved.offset(), moved);
    return moved;
  }

  /** Extents in use, by offset. */
  NavigableMap<Integer, Extent> used() {
    return used;
  }

  /** Extents in use and holes. */
  int blocks() {
    return used.size() + free.size();
  }

  /** All holes and extents, from the arena's beginning to its end. */
  void visit(Consumer<Extent> hole, Consumer<Extent> extent) {
    Iterator<Extent> holes = free.values().iterator();
    Extent next = holes.hasNext() ? holes.next() : null;
    for (Extent taken : used.values()) {
      if (next != null && next.offset() < taken.offset()) {
        hole.accept(next);
        next = holes.hasNext() ? holes.next() : null;
      }
      extent.accept(taken);
    }
    if (next != null) {
      hole.accept(next);
    }
  }

  /** Checks that the extents and the holes tile the arena. */
  public void audit() {
    int at = 0;
    int holes = 0;
    boolean afterHole = false;
    while (at < capacity) {
      Extent hole = free.get(at);
      Extent extent = used.get(at);
      if ((hole == null) == (extent == null) || (hole != null && afterHole)) {
        throw new IllegalStateException("position " + at + " of " + capacity + ": hole " + hole + ", extent " + extent);
      }
      afterHole = hole != null;
      holes += hole == null ? 0 : hole.length();
      at = hole == null ? extent.end() : hole.end();
    }
    if (at != capacity || holes != freePositions || bySize.size() != free.size()) {
      throw new IllegalStateException("arena of " + capacity + " positions ends at " + at + " with " + holes
          + " free positions in " + free.size() + " holes; booked are " + freePositions + " in " + bySize.size());
    }
  }

  private void check(Extent extent) {
    if (!extent.equals(used.get(extent.offset()))) {
      throw new IllegalStateException(extent + " is not in use");
    }
  }

  private void addFree(Extent hole) {
    free.put(hole.offset(), hole);
    bySize.add(hole);
    freePositions += hole.length();
  }

  private void removeFree(Extent hole) {
    free.remove(hole.offset());
    bySize.remove(hole);
    freePositions -= hole.length();
  }
}
