package org.clarion.scheduler.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.core.StepPlan.Row;
import org.clarion.scheduler.core.StepPlan.RowKind;

/**
 * One step in the making: running answers first, then prefills under way, then those that lost their place, then new
 * ones. Reads top-down; used once.
 */
final class Planning {
  /** After so many generations have overtaken one for which there was no room, room is kept until it starts. */
  static final int MAX_PASSED_OVER = 64;
  /** So many generations are tried for room in one step. */
  private static final int MAX_TRIED = 8;
  /**
   * Positions that a step may copy within the arena, for each that it may compute: a copy costs some hundredth of that.
   */
  static final int COPIES_PER_TOKEN = 4;
  private static final int[] NO_TOKENS = {};
  /** A prefill that was granted nothing for more steps comes before all others. */
  static final int STARVED = 16;
  /** Positions of a step that no running answer waits for, however long they take. */
  static final int UNAWAITED = 256;

  /** What a row was given, and to which attempt of its sequence. */
  record Grant(Sequence sequence, int attempt, long wire, RowKind kind, int position, int count, boolean sample) {}

  private final Books books;
  final List<StepPlan.Admission> admissions = new ArrayList<>();
  final List<Row> rows = new ArrayList<>();
  final List<Grant> grants = new ArrayList<>();
  final List<StepPlan.Fork> forks = new ArrayList<>();
  final Set<EmbeddingKey> reads = new LinkedHashSet<>();
  int budget;
  private int rowsHeld;
  StepModel.Load load = StepModel.Load.NONE;

  Planning(Books books) {
    this.books = books;
    budget = books.limits.tokenBudget();
  }

  /** Grants what the step has room for. */
  void run(long now) {
    books.cache.beginStep(now);
    new Growth(books).run(now);
    rowsHeld = books.rowsHeld();
    allowDrafts();
    books.running.forEach(this::decode);
    books.running.forEach(sequence -> stall(sequence, now));
    List<Sequence> prefilling = prefilling();
    keepPace(prefilling.isEmpty() ? 0 : prefilling.getFirst().planned);
    prefilling.forEach(this::prefill);
    fill(now);
    while (rows.isEmpty() && books.cache.copiesSpent()) {
      // Nobody's answer is held up by further copies, and no result would come to go on with them.
      books.cache.beginStep(now);
      fill(now);
    }
    if (!rows.isEmpty()) {
      forks.addAll(books.cache.takeCopies());
    }
  }

  /** The rows, each where its sequence lies after the step's copies: one may have moved when it already had its row. */
  List<Row> placed() {
    if (!books.cache.movedRunning()) {
      return rows;
    }
    Map<Long, Extent> places = new HashMap<>();
    for (Sequence sequence : books.running) {
      Extent extent = sequence.extent;
      if (sequence.beams == null && extent != null) {
        places.put(sequence.wire, extent);
      }
    }
    rows.replaceAll(row -> row.in(places.getOrDefault(row.sequence(), row.extent())));
    return rows;
  }

  /** Those whose known positions are being computed, in the order in which they may have what the step has left. */
  private List<Sequence> prefilling() {
    List<Sequence> found = new ArrayList<>();
    for (Sequence sequence : books.running) {
      if (sequence.state() == SequenceState.PREFILL) {
        found.add(sequence);
      }
    }
    if (found.size() > 1) {
      found.sort(this::comparePrefill);
    }
    return found;
  }

  /** Those that had nothing for long come first, the longest of them before the others; then the queue's order. */
  private int comparePrefill(Sequence one, Sequence other) {
    boolean oneStarves = books.step - one.grantedAt > STARVED;
    boolean otherStarves = books.step - other.grantedAt > STARVED;
    if (oneStarves || otherStarves) {
      return oneStarves && otherStarves
          ? Long.compare(one.grantedAt, other.grantedAt)
          : oneStarves ? -1 : 1;
    }
    return books.queue.compare(one, other);
  }

  private void decode(Sequence sequence) {
    if (sequence.state() != SequenceState.DECODE) {
      return;
    }
    BeamGroup beams = sequence.beams;
    Extent extent = sequence.extent;
    if (beams != null && extent != null) {
      if (beams.ready()) {
        beams(sequence, beams, extent);
      }
    } else if (sequence.issued < sequence.maxTokens) {
      books.charge(sequence, 1, FairQueue.DECODE_COST);
      int room = extent == null ? 0 : extent.length() - sequence.planned - 1;
      int most = Math.min(books.speculation.most(sequence), room);
      int[] expected = most == 0 ? NO_TOKENS : expected(sequence, most);
      if (expected.length > 1) {
        int drafts = Math.min(most, expected.length - 1);
        books.speculation.take(drafts);
        sequence.verifies = true;
        grant(sequence, RowKind.VERIFY, 1 + drafts, expected, true);
      } else {
        grant(sequence, sequence.verifies ? RowKind.VERIFY : RowKind.DECODE, 1, NO_TOKENS, true);
      }
    }
  }

  /** Drafts get at most half of what decodes leave, so that prefill goes on, and none beyond the pace. */
  private void allowDrafts() {
    StepModel.Load decodes = StepModel.Load.NONE;
    for (Sequence sequence : books.running) {
      if (sequence.state() == SequenceState.DECODE) {
        for (int row = 0; row < sequence.rows(); row++) {
          decodes = decodes.plus(sequence.planned, 1);
        }
      }
    }
    int most = 0;
    if (decodes.rows() > 0 && books.model.ready()) {
      double left = books.policy.pace().interToken().toNanos() - books.model.nanos(decodes);
      double row = books.model.nanosPerRow((double) decodes.context() / decodes.rows());
      most = (int) Math.clamp(left / Math.max(row, 1e-3), 0, Math.max(0, (budget - rowsHeld) / 2));
    }
    books.speculation.beginStep(books.model, decodes, most, books.step);
  }

  /**
   * What the sequence is expected to say from its planned position on: first what its next row goes on from, then
   * enough for the drafts in flight and for those of the row. Fewer than two tokens are no use.
   */
  private int[] expected(Sequence sequence, int most) {
    // Tokens behind the known ones that the row does not see: those in flight but for the last.
    int inFlight = sequence.planned - (sequence.known.length() - 1);
    int[] next = books.speculation.expected(sequence, books.cache.prefixes(), inFlight + sequence.ahead + most);
    if (inFlight > 0) {
      return next.length < inFlight ? NO_TOKENS : Arrays.copyOfRange(next, inFlight - 1, next.length);
    }
    int[] all = new int[1 + next.length];
    all[0] = sequence.known.at(sequence.planned);
    System.arraycopy(next, 0, all, 1, next.length);
    return all;
  }

  int granted() {
    return load.tokens();
  }

  /**
   * The step is cut so that it takes no longer than the pace says, but never below a floor: with answers running that
   * of the pace, without any what most machines need to be busy.
   *
   * @param position
   *          where the first prefill goes on
   */
  private void keepPace(int position) {
    SchedulerPolicy.Pace pace = books.policy.pace();
    boolean answering = load.rows() > 0;
    int floor = answering ? pace.floor() : Math.max(UNAWAITED, pace.floor());
    if (books.model.ready()) {
      double most = Math.min((double) pace.interToken().toNanos(),
          answering ? pace.stretch() * books.model.nanos(load) : Double.POSITIVE_INFINITY);
      double left = most - books.model.nanos(load.plus(position, 0));
      double tokens = Math.clamp(left / Math.max(books.model.nanosPerToken(position), 1e-3), 0, budget);
      budget = Math.min(budget, Math.max((int) tokens, floor));
    } else if (!answering) {
      budget = Math.min(budget, floor);
    }
  }

  /** The open answers' last tokens, each in its place, after the copies that bring those places up to date. */
  private void beams(Sequence sequence, BeamGroup group, Extent extent) {
    int prompt = sequence.promptLength();
    for (BeamSearch.Fork fork : group.go()) {
      int position = fork.shared() < 0 ? 0 : prompt + fork.shared();
      int count = prompt + fork.computed() - position;
      if (count > 0) {
        forks.add(new StepPlan.Fork(group.wire(fork.from()), group.wire(fork.to()), position, count,
            group.part(extent, fork.from()), group.part(extent, fork.to())));
        books.queue.charge(sequence, (long) count * FairQueue.CACHED_COST);
      }
    }
    books.charge(sequence, 1, FairQueue.DECODE_COST * group.search().open().size());
    int position = sequence.planned;
    for (BeamSearch.Open open : group.search().open()) {
      long wire = group.wire(open.place());
      int token = open.tokens()[open.tokens().length - 1];
      rows.add(new Row(wire, sequence.tenant(), RowKind.DECODE, position, 1, group.part(extent, open.place()),
          new int[]{token}, List.of(), true));
      grants.add(new Grant(sequence, sequence.attempt, wire, RowKind.DECODE, position, 1, true));
      budget--;
      load = load.plus(position, 1);
    }
    sequence.planned++;
    sequence.issued++;
  }

  private void prefill(Sequence sequence) {
    if (sequence.state() != SequenceState.PREFILL) {
      return;
    }
    int left = sequence.known.length() - sequence.planned;
    int count = Math.min(Math.min(left, readable(sequence)), Math.min(books.limits.chunk(), budget));
    if (count > 0) {
      books.charge(sequence, count, FairQueue.PREFILL_COST);
      int[] tokens = sequence.known.ids(sequence.planned, sequence.planned + count);
      grant(sequence, RowKind.PREFILL, count, tokens, count == left);
      if (count == left) {
        sequence.become(SequenceState.DECODE);
      }
    }
  }

  /** A sequence that stands before an image that was lost waits for it. */
  private void stall(Sequence sequence, long now) {
    if (sequence.state() == SequenceState.PREFILL && readable(sequence) == 0) {
      books.awaitEmbedding(sequence, now);
    }
  }

  /** Positions from the planned one on up to the first image that no rank is known to hold. */
  private int readable(Sequence sequence) {
    for (Positions.Span span : sequence.known.spans()) {
      if (span.end() > sequence.planned && !books.images.ready(new EmbeddingKey(sequence.tenant(), span.image()))) {
        return Math.max(span.start() - sequence.planned, 0);
      }
    }
    return Integer.MAX_VALUE;
  }

  /** While one that lost its place finds no room, nobody starts but STAT, within its quota, if that one is not STAT. */
  private void fill(long now) {
    boolean all = resume();
    boolean stat = books.preempted.stream().noneMatch(s -> s.clinicalClass() == ClinicalClass.STAT);
    if (all || stat) {
      start(now, !all);
    }
  }

  /** Those that lost their place come before those that never had one; false when one of them finds no room. */
  private boolean resume() {
    for (Sequence sequence : List.copyOf(books.preempted)) {
      if (books.cache.copiesSpent()) {
        return false;
      }
      if (budget > 0 && books.images.ready(sequence.images)) {
        Optional<KvCache.Room> room = place(sequence);
        if (room.isEmpty()) {
          return false;
        }
        books.preempted.remove(sequence);
        begin(sequence, room.get());
      }
    }
    return true;
  }

  private void start(long now, boolean statOnly) {
    List<Sequence> passed = new ArrayList<>();
    while (mayStart()) {
      Sequence sequence = books.queue.next().orElse(null);
      if (sequence == null
          || (statOnly && !(sequence.clinicalClass() == ClinicalClass.STAT && books.queue.statFirst()))) {
        break;
      }
      if (!books.images.ready(sequence.images)) {
        books.queue.setAside(sequence);
        books.awaitEmbedding(sequence, now);
        continue;
      }
      Optional<KvCache.Room> room = place(sequence);
      if (room.isPresent()) {
        books.queue.leave(sequence);
        begin(sequence, room.get());
        passed.forEach(p -> p.passedOver++);
      } else if (books.cache.copiesSpent() || passed.size() + 1 == MAX_TRIED
          || sequence.passedOver >= patience(sequence)) {
        // What has moved has moved for this one: nobody takes the place.
        break;
      } else {
        books.queue.pass();
        passed.add(sequence);
      }
    }
    books.queue.restore();
  }

  /** How many may overtake a generation without room; none while STAT comes first. */
  private int patience(Sequence sequence) {
    return sequence.clinicalClass() == ClinicalClass.STAT && books.queue.statFirst() ? 0 : MAX_PASSED_OVER;
  }

  /** Rows and memory for the sequence until its end; empty changes nothing. */
  private Optional<KvCache.Room> place(Sequence sequence) {
    return rowsHeld + sequence.rows() > books.limits.maxRows()
        ? Optional.empty()
        : books.cache.place(sequence, books.maxContext);
  }

  private boolean mayStart() {
    return budget > 0 && rowsHeld < books.limits.maxRows() && !books.cache.copiesSpent();
  }

  private void begin(Sequence sequence, KvCache.Room room) {
    sequence.extent = room.extent();
    sequence.wire = books.nextWire++;
    rowsHeld += sequence.rows();
    sequence.planned = room.cached();
    sequence.computed = room.cached();
    sequence.grantedAt = books.step + 1;
    sequence.become(SequenceState.PREFILL);
    books.waits.satisfied(sequence);
    if (!sequence.started) {
      sequence.started = true;
      sequence.cached = room.cached();
      long newImages = sequence.known.spans().stream().filter(span -> span.start() >= room.cached()).count();
      books.queue.charge(sequence, newImages * FairQueue.IMAGE_COST + (long) room.cached() * FairQueue.CACHED_COST);
      sequence.paid = room.cached();
    }
    books.running.add(sequence);
    admit(sequence, room.cached());
    prefill(sequence);
  }

  private void admit(Sequence sequence, int cached) {
    Sampling sampling = sequence.request.sampling();
    int[] answer = sampling.looksBack()
        ? sequence.known.ids(sequence.promptLength(), sequence.known.length())
        : new int[0];
    int candidates = 0;
    BeamGroup beams = sequence.beams;
    if (beams != null) {
      long[] names = new long[beams.width];
      for (int place = 0; place < names.length; place++) {
        names[place] = place == 0 ? sequence.wire : books.nextWire++;
      }
      beams.begin(names);
      candidates = beams.search().candidates();
    }
    for (long name : sequence.wires().toArray()) {
      admissions.add(new StepPlan.Admission(name, sequence.id, sequence.tenant(), sampling, cached, answer,
          candidates));
    }
  }

  private void grant(Sequence sequence, RowKind kind, int count, int[] tokens, boolean sample) {
    int position = sequence.planned;
    Extent extent = sequence.place();
    if (extent == null || position + count > extent.length()) {
      throw new IllegalStateException("sequence " + sequence.id + ": positions " + position + " to "
          + (position + count) + " do not fit into " + extent);
    }
    boolean prefill = kind == RowKind.PREFILL;
    List<StepPlan.Span> spans = prefill ? spans(sequence, position, count) : List.of();
    for (StepPlan.Span span : spans) {
      reads.add(span.key());
    }
    rows.add(new Row(sequence.wire, sequence.tenant(), kind, position, count, extent, tokens, spans, sample));
    grants.add(new Grant(sequence, sequence.attempt, sequence.wire, kind, position, count, sample));
    sequence.grantedAt = books.step + 1;
    sequence.planned += prefill ? count : 1;
    sequence.ahead += prefill ? 0 : count - 1;
    sequence.issued += sample ? 1 : 0;
    budget -= count;
    load = prefill ? load.plus(position, count) : load.plusVerified(position, count);
  }

  private List<StepPlan.Span> spans(Sequence sequence, int position, int count) {
    List<StepPlan.Span> spans = new ArrayList<>();
    for (Positions.Span span : sequence.known.spans()) {
      int from = Math.max(span.start(), position);
      int to = Math.min(span.end(), position + count);
      if (from < to) {
        spans.add(new StepPlan.Span(new EmbeddingKey(sequence.tenant(), span.image()), from - position,
            from - span.start(), to - from));
      }
    }
    return spans;
  }
}
