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
 * The arena's extents with those of ended sequences, which stay for a follow-up until somebody needs the room
 * ({@link ParkedTable}). What a tenant's sequences have computed, running or parked, is copied to another of its
 * sequences that begins alike ({@link Prefixes}).
 *
 * <p>
 * A sequence has room for as many tokens as answers mostly have ({@link AnswerLengths}), and more when it comes to its
 * extent's end ({@link #grow}).
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
  /** Tokens that an answer has room for at least, beyond those it has. */
  private static final int LEAST_GROWTH = 16;
  /** What runs may come to so many times the arena together, if all answers were as long as they may be. */
  static final int OVERBOOKED = 4;

  /** Room for a sequence, and how many leading positions are there already. */
  record Room(Extent extent, int cached) {}

  private final KvArena arena;
  private final AnswerLengths lengths;
  private final int sizeClass;
  private final int copyBudget;
  /** Who runs in an extent, by its offset. */
  private final Map<Integer, Sequence> residents = new HashMap<>();
  private final Prefixes prefixes = new Prefixes(residents.values());
  private final ParkedTable parked;
  private final List<StepPlan.Fork> copies = new ArrayList<>();
  private final KvHistory history;
  /** Positions that what runs may come to. */
  private long promised;
  private int copiesLeft;
  private boolean movedRunning;
  private long now;

  /**
   * @param capacity
   *          positions at the ranks; what a size class does not fill is left alone
   * @param copyBudget
   *          positions that may be copied in one step, beside the last extent begun and what running answers need
   */
  KvCache(int capacity, int sizeClass, int copyBudget, ImageTable images, KvHistory history, AnswerLengths lengths) {
    arena = new KvArena(capacity < sizeClass ? capacity : capacity / sizeClass * sizeClass);
    this.sizeClass = sizeClass;
    this.copyBudget = copyBudget;
    this.history = history;
    this.lengths = lengths;
    parked = new ParkedTable(images, prefixes, history.returns);
    copiesLeft = copyBudget;
  }

  KvArena arena() {
    return arena;
  }

  /** What is there already, to begin with or to draft from. */
  Prefixes prefixes() {
    return prefixes;
  }

  ParkedTable parked() {
    return parked;
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

  // ---- room

  /**
   * Finds room for the sequence until its likely end; empty when there is none, or not before more has been copied. A
   * follow-up goes on where it lies if that can grow; what another sequence has of the prompt is copied.
   */
  Optional<Room> place(Sequence sequence, int maxContext) {
    if (overbooked(sequence)) {
      return Optional.empty();
    }
    SessionKey session = sequence.request.session();
    Parked own = parked.of(session);
    Prefixes.Match match = prefixes.match(session, sequence.known);
    boolean follows = own != null && match != null && match.of(session);
    Extent extent = find(sequence, follows ? own : null, maxContext);
    if (extent == null && makeRoom(booking(sequence), own, match)) {
      extent = find(sequence, follows && present(own) ? own : null, maxContext);
    }
    if (extent == null) {
      return Optional.empty();
    }
    sequence.turns = own == null ? 1 : own.awaited() ? sequence.turns : own.turns + 1;
    int cached = match == null || !present(match.parked()) ? 0 : match.positions();
    sequence.borrowed = match != null && match.parked() != null && match.parked() == own ? 0 : cached;
    if (own != null && follows && present(own) && extent.offset() == own.extent.offset()) {
      // The extent is in use already, longer than before.
      parked.remove(own);
    } else {
      history.relocations += follows && cached == 0 ? 1 : 0;
      if (match != null && cached > 0) {
        copy(new StepPlan.Fork(0, 0, 0, cached, match.extent(), extent));
      }
      if (own != null && present(own)) {
        drop(own);
      }
    }
    residents.put(extent.offset(), sequence);
    promised += sequence.needed();
    return Optional.of(new Room(extent, cached));
  }

  /** Whether the sequence would find room now, or after some copies. */
  boolean hasRoom(Sequence sequence) {
    int length = booking(sequence);
    if (overbooked(sequence)) {
      return false;
    }
    if (arena.longestHole() >= length) {
      return true;
    }
    if (arena.freePositions() + parked.positions() < length) {
      return false;
    }
    Parked own = parked.of(sequence.request.session());
    Prefixes.Match match = prefixes.match(sequence.request.session(), sequence.known);
    Compaction compaction = compaction(own, match);
    return compaction.possible(length, null)
        || (own != null && match != null && match.parked() == own
            && compaction.possible(length - own.extent.length(), own.extent));
  }

  /**
   * Makes room for a running sequence's next tokens, behind its extent or in another one; false when there is none,
   * whatever is copied. Its answer waits for this, so that copies are not counted.
   */
  boolean grow(Sequence sequence) {
    Extent extent = Objects.requireNonNull(sequence.extent);
    int least = rounded(sequence.reachNext());
    int wanted = Math.max(least, booking(sequence));
    if (lengthen(sequence, extent, wanted) || lengthen(sequence, extent, least)) {
      return true;
    }
    if (arena.freePositions() + parked.positions() < least - extent.length()) {
      return false;
    }
    Compaction compaction = compaction(null, null);
    Compaction.Way behind = compaction.way(least - extent.length(), extent);
    Compaction.Way elsewhere = compaction.way(least, null);
    if (behind == null && elsewhere == null) {
      return false;
    }
    if (behind != null && (elsewhere == null || behind.cost() <= elsewhere.cost() + sequence.reach())) {
      go(behind, false);
      return lengthen(sequence, Objects.requireNonNull(sequence.extent), least);
    }
    go(Objects.requireNonNull(elsewhere), false);
    relocate(sequence, arena.allocate(least).orElseThrow());
    return true;
  }

  private boolean lengthen(Sequence sequence, Extent extent, int length) {
    Optional<Extent> grown = arena.grow(extent, length);
    grown.ifPresent(longer -> sequence.extent = longer);
    return grown.isPresent();
  }

  private void relocate(Sequence sequence, Extent to) {
    Extent from = Objects.requireNonNull(sequence.extent);
    tellMoved(sequence, from, to);
    arena.free(from);
  }

  private boolean overbooked(Sequence sequence) {
    return !residents.isEmpty() && promised + sequence.needed() > (long) OVERBOOKED * arena.capacity();
  }

  /** Where it lies already, if the hole behind is long enough; otherwise the smallest hole that is. */
  private @Nullable Extent find(Sequence sequence, @Nullable Parked own, int maxContext) {
    int length = booking(sequence);
    Optional<Extent> grown = own == null ? Optional.empty() : arena.grow(own.extent, length);
    return grown.or(() -> comfortable(sequence, maxContext)).or(() -> arena.allocate(length)).orElse(null);
  }

  /** While the arena is little used, an extent also has room for a next turn. */
  private Optional<Extent> comfortable(Sequence sequence, int maxContext) {
    int length = rounded(Math.min(sequence.needed() + sequence.maxTokens + FOLLOW_UP, maxContext));
    int resident = arena.capacity() - arena.freePositions() - parked.positions();
    return length >= sequence.needed() && 4L * (resident + length) <= arena.capacity()
        ? arena.allocate(length)
        : Optional.empty();
  }

  /**
   * What the sequence is given room for: its answer's likely end, and its longest for beams, which do not move, and for
   * one that lost its place so often that it must not do so again.
   */
  private int booking(Sequence sequence) {
    if (sequence.beams != null || sequence.displaced >= Growth.MAX_DISPLACED) {
      return rounded(sequence.needed());
    }
    int tokens = Math.max(lengths.expected(sequence.maxTokens),
        sequence.issued + sequence.ahead + Math.max(sequence.issued / 4, LEAST_GROWTH));
    return rounded(Math.min(sequence.promptLength() + tokens, sequence.needed()));
  }

  private boolean present(@Nullable Parked one) {
    return one == null || parked.contains(one);
  }

  private int rounded(int positions) {
    return Math.min(Math.ceilDiv(positions, sizeClass) * sizeClass, arena.capacity());
  }

  /** Makes a hole, behind the session's own parked extent if that costs less; false when it cannot, or not yet. */
  private boolean makeRoom(int length, @Nullable Parked own, Prefixes.@Nullable Match match) {
    if (arena.freePositions() + parked.positions() < length) {
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
    return way != null && go(way, true);
  }

  /** False when the rest has to wait for the next step's copies. */
  private boolean go(Compaction.Way way, boolean counted) {
    way.givenUp().forEach(extent -> evict(Objects.requireNonNull(parked.at(extent))));
    return way.moves().stream().allMatch(move -> move(move, counted));
  }

  private Compaction compaction(@Nullable Parked own, Prefixes.@Nullable Match match) {
    Compaction compaction = new Compaction(arena.blocks());
    arena.visit(compaction::hole, extent -> {
      Sequence running = residents.get(extent.offset());
      if (running == null) {
        parked(compaction, Objects.requireNonNull(parked.at(extent), "an extent is nobody's"), own, match);
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
  private void parked(Compaction compaction, Parked one, @Nullable Parked own, Prefixes.@Nullable Match match) {
    double loss = one == own ? 0 : one.computed * parked.likelihood(one, now);
    int kept = Math.min(one.extent.length(), rounded(Math.max(one.computed, 1)));
    if (match != null && match.parked() == one) {
      loss += match.positions();
      kept = one == own ? one.extent.length() : kept;
    }
    compaction.movable(one.extent, kept, one.computed, Compaction.COMPUTED * loss);
  }

  private boolean move(Compaction.Move move, boolean counted) {
    Extent extent = move.extent();
    Sequence sequence = residents.get(extent.offset());
    Parked resting = parked.at(extent);
    if (resting != null && move.length() < extent.length()) {
      extent = arena.shrink(extent, move.length());
      parked.place(resting, extent);
    }
    if (extent.offset() == move.to()) {
      return true;
    }
    if (counted && copiesSpent()) {
      return false;
    }
    Extent to = arena.move(extent, move.to());
    if (sequence != null) {
      tellMoved(sequence, extent, to);
    } else if (resting != null) {
      parked.place(resting, to);
      copy(new StepPlan.Fork(0, 0, 0, resting.computed, extent, to));
    }
    history.moves++;
    return true;
  }

  private void tellMoved(Sequence sequence, Extent from, Extent to) {
    residents.remove(from.offset());
    residents.put(to.offset(), sequence);
    sequence.extent = to;
    movedRunning = true;
    // Drafts in flight may reach beyond the extent: the ranks cut them there.
    int count = Math.min(sequence.reach(), Math.min(from.length(), to.length()));
    copy(new StepPlan.Fork(sequence.wire, sequence.wire, 0, count, from, to));
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
    leave(extent);
    Optional.ofNullable(parked.of(sequence.request.session())).ifPresent(this::drop);
    parked.add(new Parked(sequence, extent, now));
  }

  /** Of the extent only the beginning is needed any more. */
  Extent trim(Extent extent, int length) {
    return arena.shrink(extent, rounded(length));
  }

  /** The sequence has ended and nothing of it stays. */
  void free(Extent extent) {
    leave(extent);
    arena.free(extent);
  }

  /** The sequence loses its place, and goes on from what it has computed if that is still there then. */
  void displace(Sequence sequence) {
    Extent extent = Objects.requireNonNull(sequence.extent);
    sequence.extent = null;
    if (sequence.computed > 0) {
      park(sequence, extent);
    } else {
      free(extent);
    }
  }

  private void leave(Extent extent) {
    Sequence left = residents.remove(extent.offset());
    if (left != null) {
      promised -= left.needed();
      // The ranks forget it before they copy.
      copies.replaceAll(copy -> copy.from() == left.wire ? copy.ofNobody() : copy);
    }
  }

  /** Drops everything parked: the replica has lost it. */
  void clear() {
    parked.all().forEach(this::drop);
  }

  /** Drops what the tenant has parked. */
  void clear(TenantId tenant) {
    parked.all().stream().filter(one -> one.session.tenant().equals(tenant)).forEach(this::drop);
  }

  private void evict(Parked one) {
    parked.givenUp(one, now);
    history.evictions++;
    drop(one);
  }

  private void drop(Parked one) {
    parked.remove(one);
    arena.free(one.extent);
  }

  // ---- accounts

  /** Checks the arena, and that everything that runs or is parked lies in it. */
  void audit(Collection<Sequence> running) {
    arena.audit();
    List<Extent> all = new ArrayList<>();
    long needed = 0;
    for (Sequence sequence : running) {
      Extent extent = sequence.extent;
      if (extent != null) {
        all.add(extent);
        needed += sequence.needed();
        if (residents.get(extent.offset()) != sequence) {
          throw new IllegalStateException("sequence " + sequence.id + " is not booked at " + extent);
        }
      }
    }
    if (all.size() != residents.size() || needed != promised) {
      throw new IllegalStateException(all.size() + " running sequences have extents and may come to " + needed
          + " positions; booked are " + residents.size() + " and " + promised);
    }
    parked.all().forEach(one -> all.add(one.extent));
    all.sort(Comparator.comparingInt(Extent::offset));
    if (!all.equals(List.copyOf(arena.used().values()))) {
      throw new IllegalStateException("extents of sequences " + all + " are not those in use " + arena.used().values());
    }
    for (Extent extent : all) {
      if (extent.offset() % sizeClass != 0) {
        throw new IllegalStateException(extent + " does not begin at a multiple of " + sizeClass);
      }
    }
    parked.audit();
  }
}
