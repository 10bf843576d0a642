package org.clarion.scheduler.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * The arena's extents with those of ended sequences, which stay for a follow-up until somebody needs the room. A parked
 * extent is only ever seen by its own tenant.
 */
final class KvCache {
  /** Prompt positions that a follow-up is expected to add, beside its answer. */
  private static final int FOLLOW_UP = 64;
  /** Fewer common positions are not worth another session's keys and values. */
  private static final int WORTHWHILE = 16;

  /** An ended sequence's keys and values. */
  static final class Parked {
    final SessionKey session;
    final Positions known;
    final List<EmbeddingKey> images;
    final int computed;
    final Extent extent;
    long lastUsed;

    Parked(Sequence sequence, Extent extent) {
      session = sequence.request.session();
      known = sequence.known.copy();
      Set<EmbeddingKey> kept = new LinkedHashSet<>();
      known.images().forEach(image -> kept.add(new EmbeddingKey(session.tenant(), image)));
      images = List.copyOf(kept);
      computed = Math.min(sequence.computed, known.length());
      this.extent = extent;
    }
  }

  /** A parked sequence and how many leading positions fit. */
  record Match(Parked parked, int positions) {}

  /** Room for a sequence. */
  record Room(Extent extent, int cached) {}

  private final KvArena arena;
  private final ImageTable images;
  private final int sizeClass;
  private final Map<SessionKey, Parked> bySession = new HashMap<>();
  private final NavigableMap<Integer, Parked> byOffset = new TreeMap<>();
  private final Map<TenantId, Set<Parked>> byTenant = new HashMap<>();
  private int parkedPositions;
  private long clock;
  private long evictions;
  private long relocations;

  KvCache(int capacity, int sizeClass, ImageTable images) {
    arena = new KvArena(capacity);
    this.sizeClass = sizeClass;
    this.images = images;
  }

  KvArena arena() {
    return arena;
  }

  int parked() {
    return bySession.size();
  }

  long evictions() {
    return evictions;
  }

  long relocations() {
    return relocations;
  }

  /** The tenant's parked sequence that saves most, if one is worth its loss. */
  Optional<Match> match(GenerationRequest request) {
    return match(request.session(), request.prompt());
  }

  private Optional<Match> match(SessionKey session, Positions prompt) {
    return byTenant.getOrDefault(session.tenant(), Set.of()).stream()
        .map(parked -> new Match(parked, usable(parked, prompt)))
        .filter(match -> match.positions() > 0 && (match.parked().session.equals(session)
            || (match.positions() >= WORTHWHILE && 2 * match.positions() >= match.parked().computed)))
        .max(Comparator.comparingInt(Match::positions).thenComparing(match -> match.parked().session.equals(session))
            .thenComparingLong(match -> match.parked().lastUsed));
  }

  /** At least one position is left to compute: its logits are needed. */
  private static int usable(Parked parked, Positions prompt) {
    int common = Math.min(parked.known.commonPrefix(prompt), parked.computed);
    return prompt.wholeImages(Math.min(common, prompt.length() - 1));
  }

  /** Makes the parked sequence the last to be evicted. */
  void touch(Parked parked) {
    parked.lastUsed = ++clock;
  }

  /** Finds room for the sequence until its end, taking over or evicting parked extents; empty changes nothing. */
  Optional<Room> place(Sequence sequence, int maxContext) {
    int length = rounded(sequence.needed());
    SessionKey session = sequence.request.session();
    Optional<Match> match = match(session, sequence.known);
    Optional<Room> room = match.flatMap(m -> takeOver(m, length));
    if (room.isPresent()) {
      return room;
    }
    Optional<Extent> fresh = comfortable(sequence, maxContext);
    if (fresh.isEmpty()) {
      fresh = arena.allocate(length);
    }
    if (fresh.isEmpty() && makeRoom(length)) {
      fresh = arena.allocate(length);
    }
    if (fresh.isPresent()) {
      relocations += match.isPresent() ? 1 : 0;
      Optional.ofNullable(bySession.get(session)).ifPresent(this::drop);
    }
    return fresh.map(extent -> new Room(extent, 0));
  }

  /** Whether the sequence would find room now. */
  boolean hasRoom(Sequence sequence) {
    int length = rounded(sequence.needed());
    return arena.longestHole() >= length || window(length).isPresent()
        || match(sequence.request.session(), sequence.known).filter(m -> canTakeOver(m.parked(), length)).isPresent();
  }

  /** The sequence has ended: its extent stays, in place of what its session had parked before. */
  void park(Sequence sequence, Extent extent) {
    Parked parked = new Parked(sequence, extent);
    Optional.ofNullable(bySession.get(parked.session)).ifPresent(this::drop);
    images.retain(parked.images);
    bySession.put(parked.session, parked);
    byOffset.put(extent.offset(), parked);
    byTenant.computeIfAbsent(parked.session.tenant(), id -> new LinkedHashSet<>()).add(parked);
    parkedPositions += extent.length();
    touch(parked);
  }

  /** Of the extent only the beginning is needed any more. */
  Extent trim(Extent extent, int length) {
    return arena.shrink(extent, rounded(length));
  }

  /** The sequence has ended and nothing of it stays. */
  void free(Extent extent) {
    arena.free(extent);
  }

  /** Drops everything parked: the replica has lost it. */
  void clear() {
    List.copyOf(bySession.values()).forEach(this::drop);
  }

  /** Checks the arena, and that everything parked lies in it. */
  void audit(List<Extent> resident) {
    arena.audit();
    List<Extent> all = new ArrayList<>(resident);
    byOffset.values().forEach(parked -> all.add(parked.extent));
    all.sort(Comparator.comparingInt(Extent::offset));
    if (!all.equals(List.copyOf(arena.used().values()))) {
      throw new IllegalStateException("extents of sequences " + all + " are not those in use " + arena.used().values());
    }
    int positions = byOffset.values().stream().mapToInt(parked -> parked.extent.length()).sum();
    int listed = byTenant.values().stream().mapToInt(Set::size).sum();
    if (positions != parkedPositions || listed != bySession.size() || byOffset.size() != listed) {
      throw new IllegalStateException(listed + " parked sequences with " + positions + " positions; booked are "
          + bySession.size() + " with " + parkedPositions);
    }
  }

  int parkedImageReferences() {
    return byOffset.values().stream().mapToInt(parked -> parked.images.size()).sum();
  }

  private int rounded(int positions) {
    return Math.min(Math.ceilDiv(positions, sizeClass) * sizeClass, arena.capacity());
  }

  /** While the arena is little used, an extent also has room for a next turn. */
  private Optional<Extent> comfortable(Sequence sequence, int maxContext) {
    int length = rounded(Math.min(sequence.needed() + sequence.maxTokens + FOLLOW_UP, maxContext));
    int resident = arena.capacity() - arena.freePositions() - parkedPositions;
    return length >= sequence.needed() && 4L * (resident + length) <= arena.capacity()
        ? arena.allocate(length)
        : Optional.empty();
  }

  private Optional<Room> takeOver(Match match, int length) {
    Parked parked = match.parked();
    if (!canTakeOver(parked, length)) {
      return Optional.empty();
    }
    forget(parked);
    for (Parked next = behind(parked.extent); parked.extent.length() < length && next != null
        && next.extent.offset() < parked.extent.offset() + length; next = behind(next.extent)) {
      evict(next);
    }
    Extent extent = arena.grow(parked.extent, length).orElseThrow();
    return Optional.of(new Room(extent, match.positions()));
  }

  private @Nullable Parked behind(Extent extent) {
    Map.Entry<Integer, Parked> next = byOffset.ceilingEntry(extent.end());
    return next == null ? null : next.getValue();
  }

  /** Whether only holes and parked extents lie where the extent would grow to. */
  private boolean canTakeOver(Parked parked, int length) {
    int end = parked.extent.offset() + length;
    int at = parked.extent.end();
    while (at < end) {
      Extent hole = arena.holes().get(at);
      Parked next = byOffset.get(at);
      if (hole != null) {
        at = hole.end();
      } else if (next != null) {
        at = next.extent.end();
      } else {
        return false;
      }
    }
    return true;
  }

  /** Evicts what lies in the window whose last use is longest ago. */
  private boolean makeRoom(int length) {
    Optional<List<Parked>> window = window(length);
    window.ifPresent(list -> list.forEach(this::evict));
    return window.isPresent();
  }

  /** Parked extents that make room together with the holes between them. */
  private Optional<List<Parked>> window(int length) {
    List<Extent> blocks = new ArrayList<>(arena.holes().values());
    byOffset.values().forEach(parked -> blocks.add(parked.extent));
    blocks.sort(Comparator.comparingInt(Extent::offset));
    @Nullable
    List<Parked> best = null;
    long bestUse = Long.MAX_VALUE;
    for (int first = 0; first < blocks.size(); first++) {
      List<Parked> window = new ArrayList<>();
      long use = 0;
      int end = blocks.get(first).offset();
      int wanted = end + length;
      for (int i = first; i < blocks.size() && end < wanted && blocks.get(i).offset() == end; i++) {
        Parked parked = byOffset.get(end);
        if (parked != null) {
          window.add(parked);
          use = Math.max(use, parked.lastUsed);
        }
        end = blocks.get(i).end();
      }
      if (end >= wanted && use < bestUse) {
        best = window;
        bestUse = use;
      }
    }
    return Optional.ofNullable(best);
  }

  private void evict(Parked parked) {
    evictions++;
    drop(parked);
  }

  private void drop(Parked parked) {
    forget(parked);
    arena.free(parked.extent);
  }

  private void forget(Parked parked) {
    bySession.remove(parked.session);
    byOffset.remove(parked.extent.offset());
    parkedPositions -= parked.extent.length();
    images.release(parked.images);
    Set<Parked> tenants = byTenant.get(parked.session.tenant());
    if (tenants != null && tenants.remove(parked) && tenants.isEmpty()) {
      byTenant.remove(parked.session.tenant());
    }
  }
}
