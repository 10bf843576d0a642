package org.clarion.scheduler.core;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * The arena's extents with those of ended sequences, which stay for a follow-up until somebody needs the room. What a
 * tenant's sequences have computed, running or parked, is copied to another of its sequences that begins alike
 * ({@link Prefixes}).
 *
 * <p>
 * Where no hole is long enough, one is made: extents slide together, parked ones lose their unused ends or are given
 * up, whichever costs least ({@link Compaction}). Copies are told to the ranks with the step that is planned; ranks
 * make them in order and before the step's rows, and behind all rows of earlier steps, so that what is booked here is
 * true there as soon as it is needed.
 */
final class KvCache {
  /** Prompt positions that a follow-up is expected to add, beside its answer. */
  private static final int FOLLOW_UP = 64;
  /** Room for a sequence, and how many leading positions are there already. */
  record Room(Extent extent, int cached) {}

  private final KvArena arena;
  private final ImageTable images;
  private final int sizeClass;
  private final int copyBudget;
  private final Map<SessionKey, Parked> bySession = new HashMap<>();
  /** Who lies in an extent, by {@link #slot}. */
  private final Map<Integer, Parked> parkedAt = new HashMap<>();
  private final Map<Integer, Sequence> residents = new HashMap<>();
  private final Prefixes prefixes = new Prefixes(residents.values());
  private final List<StepPlan.Fork> copies = new ArrayList<>();
  private final KvHistory history;
  private int parkedPositions;
  private int copiesLeft;
  private boolean movedRunning;
  private long now;

  /**
   * @param capacity
   *          positions at the ranks; what a size class does not fill is left alone
   * @param copyBudget
   *          positions that may be copied in one step, beside the last extent begun
   */
  KvCache(int capacity, int sizeClass, int copyBudget, ImageTable images, KvHistory history) {
    arena = new KvArena(capacity < sizeClass ? capacity : capacity / sizeClass * sizeClass);
    this.sizeClass = sizeClass;
    this.copyBudget = copyBudget;
    this.images = images;
    this.history = history;
    copiesLeft = copyBudget;
  }

  KvArena arena() {
    return arena;
  }

  /** What is there already, to begin with or to draft from. */
  Prefixes prefixes() {
    return prefixes;
  }

  int parked() {
    return bySession.size();
  }

  /** A step is planned: it may copy again. */
  void beginStep(long time) {
    now = time;
    copiesLeft = copyBudget;
    movedRunning = false;
  }

  /** Whether a running sequence has moved in this step. */
  boolean movedRunning() {
    return movedRunning;
  }

  /** Whether this step has copied as much as it may: room may come with the next. */
  boolean copiesSpent() {
    return copiesLeft <= 0;
  }

  /** The copies since the last call, to be made in this order before any row of the step runs. */
  List<StepPlan.Fork> takeCopies() {
    List<StepPlan.Fork> taken = List.copyOf(copies);
    copies.clear();
    return taken;
  }

  /** A generation of the session was admitted that begins like this one. */
  void touch(Prefixes.Match match, SessionKey session, long time) {
    Parked parked = match.parked();
    if (parked != null) {
      parked.lastUsed = time;
      if (match.of(session) && !parked.returned) {
        parked.returned = true;
        history.returns.returned(parked.turns, time - parked.parkedAt);
      }
    }
  }

  // ---- room

  /**
   * Finds room for the sequence until its end; empty when there is none, or not before more has been copied. A
   * follow-up goes on where it lies if that can grow; what another sequence has of the prompt is copied.
   */
  Optional<Room> place(Sequence sequence, int maxContext) {
    SessionKey session = sequence.request.session();
    Parked own = bySession.get(session);
    Prefixes.Match match = prefixes.match(session, sequence.known);
    boolean follows = own != null && match != null && match.of(session);
    Extent extent = find(sequence, follows ? own : null, maxContext);
    if (extent == null && makeRoom(rounded(sequence.needed()), own, match)) {
      extent = find(sequence, follows && present(own) ? own : null, maxContext);
    }
    if (extent == null) {
      return Optional.empty();
    }
    sequence.turns = own == null ? 1 : own.turns + 1;
    int cached = match == null || !present(match.parked()) ? 0 : match.positions();
    if (own != null && follows && present(own) && extent.offset() == own.extent.offset()) {
      forget(own);
    } else {
      history.relocations += follows && cached == 0 ? 1 : 0;
      if (match != null && cached > 0) {
        copy(new StepPlan.Fork(0, 0, 0, cached, match.extent(), extent));
      }
      if (own != null && present(own)) {
        drop(own);
      }
    }
    residents.put(slot(extent), sequence);
    return Optional.of(new Room(extent, cached));
  }

  /** Whether the sequence would find room now, or after some copies. */
  boolean hasRoom(Sequence sequence) {
    int length = rounded(sequence.needed());
    if (arena.longestHole() >= length) {
      return true;
    }
    if (arena.freePositions() + parkedPositions < length) {
      return false;
    }
    Parked own = bySession.get(sequence.request.session());
    Prefixes.Match match = prefixes.match(sequence.request.session(), sequence.known);
    Compaction compaction = compaction(own, match);
    return compaction.possible(length, null)
        || (own != null && match != null && match.parked() == own
            && compaction.possible(length - own.extent.length(), own.extent));
  }

  /** Where it lies already, if the hole behind is long enough; otherwise the smallest hole that is. */
  private @Nullable Extent find(Sequence sequence, @Nullable Parked own, int maxContext) {
    int length = rounded(sequence.needed());
    Optional<Extent> grown = own == null ? Optional.empty() : arena.grow(own.extent, length);
    return grown.or(() -> comfortable(sequence, maxContext)).or(() -> arena.allocate(length)).orElse(null);
  }

  /** While the arena is little used, an extent also has room for a next turn. */
  private Optional<Extent> comfortable(Sequence sequence, int maxContext) {
    int length = rounded(Math.min(sequence.needed() + sequence.maxTokens + FOLLOW_UP, maxContext));
    int resident = arena.capacity() - arena.freePositions() - parkedPositions;
    return length >= sequence.needed() && 4L * (resident + length) <= arena.capacity()
        ? arena.allocate(length)
        : Optional.empty();
  }

  private boolean present(@Nullable Parked parked) {
    return parked == null || bySession.get(parked.session) == parked;
  }

  /** Extents begin at multiples of the size class, so that this is a dense number. */
  private int slot(Extent extent) {
    return extent.offset() / sizeClass;
  }

  private int rounded(int positions) {
    return Math.min(Math.ceilDiv(positions, sizeClass) * sizeClass, arena.capacity());
  }

  /** Makes a hole, behind the session's own parked extent if that costs less; false when it cannot, or not yet. */
  private boolean makeRoom(int length, @Nullable Parked own, Prefixes.@Nullable Match match) {
    if (arena.freePositions() + parkedPositions < length) {
      return false;
    }
    Compaction compaction = compaction(own, match);
    Compaction.Way way = compaction.way(length, null);
    if (own != null && match != null && match.parked() == own) {
      Compaction.Way behind = compaction.way(length - own.extent.length(), own.extent);
      if (behind != null && (way == null || behind.cost() <= way.cost() + match.positions())) {
        way = behind;
      }
    }
    if (way == null) {
      return false;
    }
    way.givenUp().forEach(extent -> evict(Objects.requireNonNull(parkedAt.get(slot(extent)))));
    return way.moves().stream().allMatch(this::move);
  }

  private Compaction compaction(@Nullable Parked own, Prefixes.@Nullable Match match) {
    Compaction compaction = new Compaction(arena.blocks());
    arena.visit(compaction::hole, extent -> {
      Sequence running = residents.get(slot(extent));
      if (running == null) {
        parked(compaction, Objects.requireNonNull(parkedAt.get(slot(extent)), "an extent is nobody's"), own, match);
      } else if (running.beams != null) {
        // A beam search's parts are known to the ranks by their places.
        compaction.fixed(extent);
      } else {
        compaction.movable(extent, extent.length(), Math.min(running.reach(), extent.length()),
            Double.POSITIVE_INFINITY);
      }
    });
    return compaction;
  }

  /**
   * What is lost with a parked sequence would have to be computed again if its session comes back; what a sequence is
   * about to copy is lost for certain. The session's own goes with its next turn in any case.
   */
  private void parked(Compaction compaction, Parked parked, @Nullable Parked own, Prefixes.@Nullable Match match) {
    double loss = parked == own ? 0 : parked.computed * likelihood(parked);
    int kept = Math.min(parked.extent.length(), rounded(Math.max(parked.computed, 1)));
    if (match != null && match.parked() == parked) {
      loss += match.positions();
      kept = parked == own ? parked.extent.length() : kept;
    }
    compaction.movable(parked.extent, kept, parked.computed, Compaction.COMPUTED * loss);
  }

  /** That somebody comes for what it has. */
  private double likelihood(Parked parked) {
    long idle = now - parked.lastUsed;
    return parked.returned ? history.returns.stillToCome(idle) : history.returns.likelihood(parked.turns, idle);
  }

  private boolean move(Compaction.Move move) {
    Extent extent = move.extent();
    Sequence sequence = residents.get(slot(extent));
    Parked parked = parkedAt.get(slot(extent));
    if (parked != null && move.length() < extent.length()) {
      parkedPositions -= extent.length() - move.length();
      extent = arena.shrink(extent, move.length());
      parked.extent = extent;
    }
    if (extent.offset() == move.to()) {
      return true;
    }
    if (copiesSpent()) {
      return false;
    }
    Extent to = arena.move(extent, move.to());
    if (sequence != null) {
      residents.remove(slot(extent));
      residents.put(slot(to), sequence);
      sequence.extent = to;
      movedRunning = true;
      copy(new StepPlan.Fork(sequence.wire, sequence.wire, 0, Math.min(sequence.reach(), to.length()), extent, to));
    } else if (parked != null) {
      parkedAt.remove(slot(extent));
      parkedAt.put(slot(to), parked);
      parked.extent = to;
      copy(new StepPlan.Fork(0, 0, 0, parked.computed, extent, to));
    }
    history.moves++;
    return true;
  }

  private void copy(StepPlan.Fork fork) {
    if (fork.count() > 0) {
      copies.add(fork);
    }
    history.copied += fork.count();
    copiesLeft -= Math.max(fork.count(), 1);
  }

  // ---- life of an extent

  /** The sequence has ended: its extent stays, in place of what its session had parked before. */
  void park(Sequence sequence, Extent extent) {
    residents.remove(slot(extent));
    Parked parked = new Parked(sequence, extent, now);
    Optional.ofNullable(bySession.get(parked.session)).ifPresent(this::drop);
    images.retain(parked.images);
    bySession.put(parked.session, parked);
    parkedAt.put(slot(extent), parked);
    prefixes.add(parked);
    parkedPositions += extent.length();
  }

  /** Of the extent only the beginning is needed any more. */
  Extent trim(Extent extent, int length) {
    return arena.shrink(extent, rounded(length));
  }

  /** The sequence has ended and nothing of it stays. */
  void free(Extent extent) {
    residents.remove(slot(extent));
    arena.free(extent);
  }

  /** Drops everything parked: the replica has lost it. */
  void clear() {
    List.copyOf(bySession.values()).forEach(this::drop);
  }

  /** Drops what the tenant has parked. */
  void clear(TenantId tenant) {
    List.copyOf(bySession.values()).stream().filter(parked -> parked.session.tenant().equals(tenant))
        .forEach(this::drop);
  }

  private void evict(Parked parked) {
    if (!parked.returned) {
      history.returns.givenUp(parked.turns, now - parked.parkedAt);
    }
    history.evictions++;
    drop(parked);
  }

  private void drop(Parked parked) {
    forget(parked);
    arena.free(parked.extent);
  }

  private void forget(Parked parked) {
    bySession.remove(parked.session);
    parkedAt.remove(slot(parked.extent));
    parkedPositions -= parked.extent.length();
    images.release(parked.images);
    prefixes.remove(parked);
  }

  // ---- accounts

  int parkedImageReferences() {
    return parkedAt.values().stream().mapToInt(parked -> parked.images.size()).sum();
  }

  /** Checks the arena, and that everything that runs or is parked lies in it. */
  void audit(Collection<Sequence> running) {
    arena.audit();
    List<Extent> all = new ArrayList<>();
    for (Sequence sequence : running) {
      Extent extent = sequence.extent;
      if (extent != null) {
        all.add(extent);
        if (residents.get(slot(extent)) != sequence) {
          throw new IllegalStateException("sequence " + sequence.id + " is not booked at " + extent);
        }
      }
    }
    if (all.size() != residents.size()) {
      throw new IllegalStateException(all.size() + " running sequences have extents; booked are " + residents.size());
    }
    parkedAt.values().forEach(parked -> all.add(parked.extent));
    all.sort(Comparator.comparingInt(Extent::offset));
    if (!all.equals(List.copyOf(arena.used().values()))) {
      throw new IllegalStateException("extents of sequences " + all + " are not those in use " + arena.used().values());
    }
    for (Extent extent : all) {
      if (extent.offset() % sizeClass != 0) {
        throw new IllegalStateException(extent + " does not begin at a multiple of " + sizeClass);
      }
    }
    auditParked();
  }

  private void auditParked() {
    int positions = 0;
    for (Map.Entry<Integer, Parked> at : parkedAt.entrySet()) {
      Parked parked = at.getValue();
      positions += parked.extent.length();
      if (at.getKey() != slot(parked.extent) || parked.computed > parked.extent.length()
          || bySession.get(parked.session) != parked) {
        throw new IllegalStateException("a parked sequence of " + parked.computed + " positions is booked at "
            + at.getKey() + " but lies in " + parked.extent);
      }
    }
    int listed = prefixes.parked();
    if (positions != parkedPositions || listed != bySession.size() || parkedAt.size() != listed) {
      throw new IllegalStateException(listed + " parked sequences with " + positions + " positions; booked are "
          + bySession.size() + " with " + parkedPositions);
    }
  }
}
