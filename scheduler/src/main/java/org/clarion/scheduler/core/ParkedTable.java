package org.clarion.scheduler.core;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.clarion.scheduler.api.SessionKey;
import org.jspecify.annotations.Nullable;

/**
 * What is parked: at most one sequence of each session, where it lies, and how likely somebody comes for it. Holds the
 * references to the images of what it has. Not thread-safe.
 */
final class ParkedTable {
  private final Map<SessionKey, Parked> bySession = new HashMap<>();
  private final Map<Integer, Parked> byOffset = new HashMap<>();
  private final ImageTable images;
  private final Prefixes prefixes;
  private final ReturnModel returns;
  private int positions;

  ParkedTable(ImageTable images, Prefixes prefixes, ReturnModel returns) {
    this.images = images;
    this.prefixes = prefixes;
    this.returns = returns;
  }

  int size() {
    return bySession.size();
  }

  /** Positions of all extents. */
  int positions() {
    return positions;
  }

  @Nullable
  Parked of(SessionKey session) {
    return bySession.get(session);
  }

  /** Who lies in an extent; null when nobody that is parked does. */
  @Nullable
  Parked at(Extent extent) {
    return byOffset.get(extent.offset());
  }

  Collection<Parked> all() {
    return List.copyOf(byOffset.values());
  }

  boolean contains(Parked parked) {
    return bySession.get(parked.session) == parked;
  }

  /** Its session must have nothing parked. */
  void add(Parked parked) {
    images.retain(parked.images);
    bySession.put(parked.session, parked);
    byOffset.put(parked.extent.offset(), parked);
    prefixes.add(parked);
    positions += parked.extent.length();
  }

  void remove(Parked parked) {
    bySession.remove(parked.session);
    byOffset.remove(parked.extent.offset());
    positions -= parked.extent.length();
    images.release(parked.images);
    prefixes.remove(parked);
  }

  /** It lies elsewhere now, or its extent has become shorter. */
  void place(Parked parked, Extent extent) {
    positions += extent.length() - parked.extent.length();
    byOffset.remove(parked.extent.offset());
    byOffset.put(extent.offset(), parked);
    parked.extent = extent;
  }

  /** That somebody comes for what it has. */
  double likelihood(Parked parked, long now) {
    if (parked.awaited()) {
      return 1;
    }
    long idle = now - parked.lastUsed;
    return parked.returned ? returns.stillToCome(idle) : returns.likelihood(parked.turns, idle);
  }

  /** A generation of the session was admitted that begins like this one. */
  void touch(Prefixes.Match match, SessionKey session, long time) {
    Parked parked = match.parked();
    if (parked != null) {
      parked.lastUsed = time;
      if (match.of(session) && !parked.returned) {
        parked.returned = true;
        returns.returned(parked.turns, time - parked.parkedAt);
      }
    }
  }

  /** It is given up although its session may come back. */
  void givenUp(Parked parked, long now) {
    if (!parked.returned && !parked.awaited()) {
      returns.givenUp(parked.turns, now - parked.parkedAt);
    }
  }

  int imageReferences() {
    return byOffset.values().stream().mapToInt(parked -> parked.images.size()).sum();
  }

  /** Checks all sums; throws {@link IllegalStateException} at the first that is wrong. */
  void audit() {
    int sum = 0;
    for (Map.Entry<Integer, Parked> at : byOffset.entrySet()) {
      Parked parked = at.getValue();
      sum += parked.extent.length();
      if (at.getKey() != parked.extent.offset() || parked.computed > parked.extent.length()
          || !Objects.equals(bySession.get(parked.session), parked)) {
        throw new IllegalStateException("a parked sequence of " + parked.computed + " positions is booked at "
            + at.getKey() + " but lies in " + parked.extent);
      }
    }
    int listed = prefixes.parked();
    if (sum != positions || listed != bySession.size() || byOffset.size() != listed) {
      throw new IllegalStateException(listed + " parked sequences with " + sum + " positions; booked are "
          + bySession.size() + " with " + positions);
    }
  }
}
