package org.clarion.scheduler.core;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ServiceReport;
import org.clarion.scheduler.api.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * Continuous batching for one replica and its model: which sequences run in the next step, and where their keys and
 * values lie.
 *
 * <p>
 * Sequences join and leave at every step. A step grants every running sequence its next token, then chunks of prefill,
 * then starts further sequences, all within a budget. Steps are planned ahead of their results, in the belief that
 * every sequence goes on: what a sequence computes beyond its end is ignored.
 *
 * <p>
 * Deterministic; not thread-safe: one owner thread. Times are nanoseconds of any steady clock, never going back. The
 * file reads top-down: life of a replica, life of a generation, planning, results, transitions.
 */
public final class Scheduler {
  /** A sequence that had to start over more often fails: perhaps it is what breaks the ranks. */
  static final int MAX_RESTARTS = 5;

  private record InFlight(long step, List<Planning.Grant> grants, StepModel.Load load, double draftCost) {}

  private final Map<Long, Sequence> live = new LinkedHashMap<>();
  private final Forecast forecast;
  private final Books books;
  // Parts of the books that are always the same.
  private final SchedulerLimits limits;
  private final FairQueue queue;
  private final Waits waits;
  private final StepModel model;
  private final ImageTable images;
  private final List<Sequence> running;
  private final Deque<Sequence> preempted;
  private final Set<Long> released;
  private final Deque<InFlight> inFlight = new ArrayDeque<>();
  private boolean open;
  private long epoch;
  private long nextId = 1;
  private long preemptions;
  private long retries;
  private long expired;
  private int stepBudget;
  private Duration predictedStep = Duration.ZERO;

  /** Under the default policy. */
  public Scheduler(SchedulerLimits limits) {
    this(limits, SchedulerPolicy.DEFAULT);
  }

  /** With empty accounts and no ranks. */
  public Scheduler(SchedulerLimits limits, SchedulerPolicy policy) {
    books = new Books(limits, policy);
    this.limits = limits;
    queue = books.queue;
    waits = books.waits;
    model = books.model;
    images = books.images;
    running = books.running;
    preempted = books.preempted;
    released = books.released;
    stepBudget = limits.tokenBudget();
    forecast = new Forecast(limits, queue, model);
  }

  // ---- life of a replica

  /**
   * The ranks serve a new epoch, with an empty arena. What ran runs again from what it knows; nothing is parked any
   * more.
   *
   * @param arenaTokens
   *          positions that every rank's arena holds
   * @param maxContext
   *          positions that one sequence may have
   */
  public List<SchedulerEvent> open(long newEpoch, int arenaTokens, int maxContext, long now) {
    if (newEpoch <= epoch) {
      throw new IllegalArgumentException("epoch " + newEpoch + " does not follow " + epoch);
    }
    rankLost();
    books.cache.clear();
    books.cache = new KvCache(arenaTokens, limits.sizeClass(), Planning.COPIES_PER_TOKEN * limits.tokenBudget(),
        images, books.memory, books.lengths);
    books.maxContext = maxContext;
    epoch = newEpoch;
    books.step = 0;
    open = true;
    List<SchedulerEvent> events = new ArrayList<>();
    for (Sequence sequence : List.copyOf(running).reversed()) {
      sequence.extent = null;
      restart(sequence, now, events);
    }
    released.clear();
    for (Sequence sequence : List.copyOf(live.values())) {
      int needed = sequence.promptLength() + sequence.maxTokens;
      if (needed > longest(sequence.rows())) {
        fail(sequence, new SchedulerEvent.Cause.NoRoom(needed, longest(sequence.rows())), events);
      }
    }
    return events;
  }

  /** The ranks answer no more: nothing is planned until {@link #open}. Admission and cancelling go on. */
  public void rankLost() {
    open = false;
    inFlight.clear();
  }

  // ---- life of a generation

  /** Queues a generation, or refuses it. */
  public AdmitResult admit(GenerationRequest request, long now) {
    int promptTokens = request.prompt().length();
    int started = promptTokens + request.committed().length;
    BeamSettings beams = request.beams();
    int rows = beams == null ? 1 : beams.width();
    if (rows > limits.maxRows()) {
      throw new IllegalArgumentException(
          "a beam search of width " + rows + " does not fit into steps of " + limits.maxRows() + " rows");
    }
    if (started + 1 > longest(rows)) {
      return new AdmitResult.TooLong(promptTokens, longest(rows));
    }
    if (queue.size() >= limits.queue()) {
      return new AdmitResult.Overloaded(queue.size(), limits.queue(), forecast.nextStart(running));
    }
    int tenantQueued = queue.size(request.tenant());
    int tenantMost = tenantMost(request.terms());
    if (tenantQueued >= tenantMost) {
      return new AdmitResult.Overloaded(tenantQueued, tenantMost,
          forecast.nextStart(request.terms().clinicalClass(), request.tenant(), running));
    }
    int maxTokens = Math.min(request.maxTokens(), longest(rows) - promptTokens);
    Sequence sequence = new Sequence(nextId++, request, maxTokens, books.speculation.allows(request), now);
    Optional<Prefixes.Match> match = Optional.ofNullable(
        books.cache.prefixes().match(request.session(), request.prompt()));
    int cached = match.map(Prefixes.Match::positions).orElse(0);
    boolean free = books.rowsHeld() + rows <= limits.maxRows() && queue.next().isEmpty()
        && books.cache.hasRoom(sequence);
    Duration predicted = forecast.firstToken(request.terms(), request.tenant(), started - cached, running, free);
    Duration limit = patience(request.terms());
    if (predicted.compareTo(limit) > 0 && request.committed().length == 0) {
      return new AdmitResult.TooLate(predicted, limit, Forecast.wait(predicted.minus(limit)));
    }
    match.ifPresent(m -> books.cache.parked().touch(m, request.session(), now));
    images.retain(sequence.images);
    live.put(sequence.id, sequence);
    boolean ready = images.ready(sequence.images);
    if (!ready) {
      books.awaitEmbedding(sequence, now);
    }
    waits.admitted(sequence);
    queue.arrive(sequence, ready);
    return new AdmitResult.Accepted(sequence.id, cached,
        sequence.images.stream().filter(key -> !images.ready(key)).map(EmbeddingKey::image).toList(), predicted);
  }

  /**
   * How many of a clinic may wait: no more than the queue has places left, so that n clinics that ask without end leave
   * a part in n + 1 of it to others. STAT may have those places too.
   */
  private int tenantMost(Terms terms) {
    return terms.clinicalClass() == ClinicalClass.STAT
        ? limits.tenantQueue()
        : Math.min(limits.tenantQueue(), limits.queue() - queue.size());
  }

  /** The class's longest wait for a first token, or the request's own if that is shorter. */
  private Duration patience(Terms terms) {
    Duration longest = books.policy.of(terms.clinicalClass()).firstToken();
    Duration own = terms.timeout();
    return own != null && own.compareTo(longest) < 0 ? own : longest;
  }

  /** Every rank holds the embedding. */
  public void embeddingReady(EmbeddingKey key) {
    if (!images.markReady(key)) {
      return;
    }
    for (Sequence sequence : List.copyOf(queue.awaiting())) {
      if (images.ready(sequence.images)) {
        sequence.become(SequenceState.WAITING);
        waits.satisfied(sequence);
        queue.wake(sequence);
      }
    }
    for (Sequence sequence : running) {
      if (sequence.state() == SequenceState.AWAITING_EMBEDDING && images.ready(sequence.images)) {
        sequence.become(SequenceState.PREFILL);
        sequence.grantedAt = books.step;
        waits.satisfied(sequence);
      }
    }
  }

  /** The embedding is nowhere any more: the generations that cannot go on without it fail. */
  public List<SchedulerEvent> embeddingFailed(EmbeddingKey key) {
    List<SchedulerEvent> events = new ArrayList<>();
    if (!images.ready(key)) {
      for (Sequence sequence : List.copyOf(live.values())) {
        if (sequence.images.contains(key) && waitsForEmbedding(sequence)) {
          fail(sequence, new SchedulerEvent.Cause.EmbeddingGone(key), events);
        }
      }
    }
    return events;
  }

  /** The user wants no more: the generation ends with the tokens it has. Empty when it has ended. */
  public Optional<SchedulerEvent> cancel(long generation, long now) {
    return Optional.ofNullable(live.get(generation)).map(s -> finish(s, FinishReason.CANCELLED));
  }

  /** Nothing that the tenant's ended generations have computed is used any more. */
  public void forget(TenantId tenant) {
    books.cache.clear(tenant);
  }

  /** The answer is its first {@code kept} tokens, or all if it has fewer, and ends. Empty when it has ended. */
  public Optional<SchedulerEvent> endAt(long generation, int kept, long now) {
    return Optional.ofNullable(live.get(generation)).map(sequence -> {
      int tokens = Math.clamp(kept, 0, sequence.generated);
      sequence.known.truncate(sequence.promptLength() + tokens);
      sequence.generated = tokens;
      return finish(sequence, FinishReason.STOP);
    });
  }

  /** Ends generations whose embeddings are overdue, or whose own time is over. */
  public List<SchedulerEvent> expire(long now) {
    List<SchedulerEvent> events = new ArrayList<>();
    for (Sequence sequence : waits.timeOver(now)) {
      expired++;
      fail(sequence, new SchedulerEvent.Cause.TimeOver(waits.timeout(sequence)), events);
    }
    for (Sequence sequence : waits.overdue(now)) {
      if (waitsForEmbedding(sequence)) {
        fail(sequence, new SchedulerEvent.Cause.EmbeddingOverdue(limits.embeddingWait()), events);
      }
    }
    return events;
  }

  private boolean waitsForEmbedding(Sequence sequence) {
    return sequence.state() == SequenceState.AWAITING_EMBEDDING
        || (sequence.state() == SequenceState.PREEMPTED && !images.ready(sequence.images));
  }

  // ---- planning

  /** Steps that are planned and have no result yet. */
  public int stepsInFlight() {
    return inFlight.size();
  }

  /** What the last planned step should take; zero as long as too few steps were seen. */
  public Duration predictedStep() {
    return predictedStep;
  }

  /** Plans the next step; empty when no sequence can have a row. */
  public Optional<StepPlan> schedule(long now) {
    if (!open) {
      return Optional.empty();
    }
    Planning planning = new Planning(books);
    planning.run(now);
    if (planning.rows.isEmpty()) {
      return Optional.empty();
    }
    stepBudget = planning.granted() + planning.budget;
    predictedStep = model.predict(planning.load);
    inFlight.add(new InFlight(++books.step, planning.grants, planning.load,
        books.speculation.ratio()));
    StepPlan plan = new StepPlan(epoch, books.step, planning.admissions, planning.placed(), List.copyOf(released),
        planning.forks, List.copyOf(planning.reads), images.takeUnneeded());
    released.clear();
    return Optional.of(plan);
  }

  // ---- results

  /** Takes the result of the oldest step in flight. A result of an older epoch changes nothing. */
  public List<SchedulerEvent> apply(StepResult result, long now) {
    if (result.epoch() != epoch || !open) {
      return List.of();
    }
    InFlight oldest = inFlight.peekFirst();
    if (oldest == null || oldest.step() != result.step()) {
      throw new IllegalArgumentException("result of step " + result.step() + "; awaited is "
          + (oldest == null ? "none" : oldest.step()));
    }
    inFlight.removeFirst();
    Map<Long, StepResult.Sampled> sampled = HashMap.newHashMap(result.sampled().size());
    result.sampled().forEach(s -> sampled.put(s.sequence(), s));
    Map<Long, StepResult.Retry> retry = new HashMap<>();
    result.retries().forEach(r -> retry.put(r.sequence(), r));
    if (retry.isEmpty()) {
      model.observe(computed(oldest, sampled), result.elapsed());
    }
    List<SchedulerEvent> events = new ArrayList<>();
    for (Planning.Grant grant : oldest.grants()) {
      Sequence sequence = grant.sequence();
      if (!sequence.ended() && sequence.attempt == grant.attempt()) {
        StepResult.Retry again = retry.isEmpty() ? null : retry.get(grant.wire());
        if (again == null) {
          advance(grant, sampled.get(grant.wire()), oldest.draftCost(), events);
        } else {
          repeat(grant, again, now, events);
        }
      }
    }
    return events;
  }

  /** What the step had to do: drafts are computed only as long as what was sampled agrees with them. */
  private static StepModel.Load computed(InFlight step, Map<Long, StepResult.Sampled> sampled) {
    StepModel.Load load = step.load();
    for (Planning.Grant grant : step.grants()) {
      StepResult.Sampled one = grant.kind() == StepPlan.RowKind.VERIFY ? sampled.get(grant.wire()) : null;
      if (one != null) {
        load = load.withoutDrafts(grant.position() + 1, Math.max(0, grant.count() - 1 - one.drafted()));
      }
    }
    return load;
  }

  private void advance(Planning.Grant grant, StepResult.@Nullable Sampled sampled, double draftCost,
      List<SchedulerEvent> events) {
    Sequence sequence = grant.sequence();
    if (grant.sample() && sampled == null) {
      throw new IllegalArgumentException("the result has no token for sequence " + grant.wire());
    }
    if (grant.kind() == StepPlan.RowKind.VERIFY && sampled != null) {
      verified(grant, sampled, draftCost, events);
      return;
    }
    sequence.computed = grant.position() + grant.count();
    if (sampled == null) {
      return;
    }
    BeamGroup beams = sequence.beams;
    if (beams != null) {
      TokenChances chances = sampled.chances();
      if (chances == null) {
        throw new IllegalArgumentException("the result has no candidates for the beam " + grant.wire());
      }
      if (beams.tell(grant.wire(), chances) && beams.search().over()) {
        answer(sequence, beams.search(), events);
      }
      return;
    }
    take(sequence, sampled.token(), sampled.chances(), events);
  }

  /**
   * The row's token and those of the accepted drafts, as far as the answer goes; what lies behind its end is neither
   * told nor charged.
   */
  private void verified(Planning.Grant grant, StepResult.Sampled sampled, double draftCost,
      List<SchedulerEvent> events) {
    Sequence sequence = grant.sequence();
    int kept = sampled.more().length;
    if (sampled.drafted() >= grant.count() || kept > sampled.drafted()) {
      throw new IllegalArgumentException("the result has " + sampled.drafted() + " drafts of sequence " + grant.wire()
          + ", " + kept + " of them accepted; it may have " + (grant.count() - 1));
    }
    books.speculation.tell(sequence, sampled.drafted(), kept, draftCost);
    sequence.computed += 1 + kept;
    sequence.ahead -= grant.count() - 1;
    take(sequence, sampled.token(), null, events);
    for (int token : sampled.more()) {
      if (sequence.ended()) {
        return;
      }
      books.charge(sequence, 1, FairQueue.DECODE_COST);
      sequence.planned++;
      sequence.issued++;
      take(sequence, token, null, events);
    }
  }

  /** The answer's next token; ends it where that says so. */
  private void take(Sequence sequence, int token, @Nullable TokenChances chances, List<SchedulerEvent> events) {
    if (sequence.request.stopsAt(token)) {
      events.add(finish(sequence, FinishReason.STOP));
      return;
    }
    events.add(new SchedulerEvent.Token(sequence.id, sequence.generated, token, chances));
    sequence.known.append(token);
    sequence.generated++;
    int stop = stopSequence(sequence);
    if (stop > 0) {
      // The reader gets the whole sequence, so that it recognises the string; the session keeps what lies before.
      sequence.generated -= stop;
      sequence.known.truncate(sequence.promptLength() + sequence.generated);
      events.add(finish(sequence, FinishReason.STOP));
    } else if (sequence.generated == sequence.maxTokens) {
      events.add(finish(sequence, FinishReason.LENGTH));
    }
  }

  private static int stopSequence(Sequence sequence) {
    int reach = Math.min(sequence.request.longestStopSequence(), sequence.generated);
    if (reach == 0) {
      return 0;
    }
    int end = sequence.known.length();
    return sequence.request.stopSequenceAt(sequence.known.ids(end - reach, end), reach);
  }

  /** The search is over: its best answer comes as a whole. What its keys and values lack is computed at a follow-up. */
  private void answer(Sequence sequence, BeamSearch search, List<SchedulerEvent> events) {
    BeamSearch.Ended best = search.best();
    sequence.computed = sequence.promptLength() + search.heldOf(best.tokens());
    for (int token : best.tokens()) {
      events.add(new SchedulerEvent.Token(sequence.id, sequence.generated++, token, null));
      sequence.known.append(token);
    }
    events.add(finish(sequence, best.stopped() ? FinishReason.STOP : FinishReason.LENGTH));
  }

  private void repeat(Planning.Grant grant, StepResult.Retry retry, long now, List<SchedulerEvent> events) {
    retries++;
    Sequence sequence = grant.sequence();
    switch (retry) {
      case StepResult.Retry.MissingEmbedding missing -> {
        sequence.rewind(grant.position());
        if (images.markLost(missing.key())) {
          events.add(new SchedulerEvent.EmbeddingLost(missing.key()));
        }
        books.awaitEmbedding(sequence, now);
      }
      case StepResult.Retry.PositionMismatch _ -> {
        Extent extent = sequence.extent;
        if (extent != null) {
          books.cache.free(extent);
          sequence.extent = null;
        }
        restart(sequence, now, events);
      }
    }
  }

  // ---- transitions

  /** A sequence without its extent goes to the head of those that run again. */
  private void restart(Sequence sequence, long now, List<SchedulerEvent> events) {
    sequence.wires().forEach(released::add);
    running.remove(sequence);
    sequence.rewind(0);
    sequence.become(SequenceState.PREEMPTED);
    waits.begun(sequence, now);
    preempted.addFirst(sequence);
    preemptions++;
    if (++sequence.restarts > MAX_RESTARTS) {
      fail(sequence, new SchedulerEvent.Cause.TooManyRestarts(MAX_RESTARTS), events);
    }
  }

  private SchedulerEvent finish(Sequence sequence, FinishReason reason) {
    if (reason != FinishReason.CANCELLED) {
      forecast.ended(sequence);
      books.lengths.ended(sequence);
    }
    SchedulerEvent.Outcome outcome = sequence.outcome();
    leave(sequence);
    Extent extent = sequence.extent;
    if (extent != null) {
      if (sequence.computed > 0 && open) {
        books.cache.park(sequence, books.cache.trim(extent, extent.length() / sequence.rows()));
        sequence.become(SequenceState.PARKED);
      } else {
        books.cache.free(extent);
      }
    }
    images.release(sequence.images);
    return new SchedulerEvent.Finished(sequence.id, reason, outcome);
  }

  private void fail(Sequence sequence, SchedulerEvent.Cause cause, List<SchedulerEvent> events) {
    SchedulerEvent.Outcome outcome = sequence.outcome();
    leave(sequence);
    Extent extent = sequence.extent;
    if (extent != null) {
      books.cache.free(extent);
    }
    images.release(sequence.images);
    events.add(new SchedulerEvent.Failed(sequence.id, cause, outcome));
  }

  /** The sequence gives up its place, wherever it is. */
  private void leave(Sequence sequence) {
    if (sequence.resident()) {
      running.remove(sequence);
      sequence.wires().forEach(released::add);
    } else if (sequence.state() == SequenceState.PREEMPTED) {
      preempted.remove(sequence);
    } else {
      queue.leave(sequence);
    }
    sequence.become(SequenceState.FINISHED);
    queue.ended(sequence);
    waits.ended(sequence);
    live.remove(sequence.id);
  }

  /** Positions that each of a generation's rows may have. */
  private int longest(int rows) {
    int part = books.cache.arena().capacity() / rows;
    return Math.min(books.maxContext, rows == 1 ? part : part / Extent.ALIGNMENT * Extent.ALIGNMENT);
  }

  // ---- other replicas

  /** What was given here since the start, to be told to replicas of the same model about every 100 ms. */
  public Optional<ServiceReport> report(OwnerId reporter, String model) {
    return Optional.ofNullable(queue.report(reporter, model));
  }

  /** What the other replicas of the same model told, the latest of each; heard twice it counts once. */
  public void merge(List<ServiceReport> reports) {
    queue.merge(reports);
  }

  // ---- views

  /** How far a generation came; empty when it has ended. */
  public Optional<SequenceState> state(long generation) {
    return Optional.ofNullable(live.get(generation)).map(Sequence::state);
  }

  public SchedulerStats stats() {
    KvArena arena = books.cache.arena();
    Map<ClinicalClass, Integer> byClass = new EnumMap<>(ClinicalClass.class);
    for (ClinicalClass clinical : ClinicalClass.values()) {
      byClass.put(clinical, queue.size(clinical));
    }
    return new SchedulerStats(queue.size(), queue.prompts(), byClass, running.size(), books.cache.parked().size(),
        arena.capacity() - arena.freePositions(), arena.capacity(), preemptions, books.displaced,
        books.memory.relocations, books.memory.evictions, books.memory.moves, books.memory.copied, retries, expired,
        stepBudget, predictedStep, model.cost(), books.speculation.drafted, books.speculation.accepted,
        books.speculation.gain());
  }

  /** What a tenant was given, in tenths of a prefill position. */
  public long served(TenantId tenant) {
    return queue.served(tenant);
  }

  /** What a class was given, in tenths of a prefill position. */
  public long served(ClinicalClass clinical) {
    return queue.served(clinical);
  }

  /** Generations of a tenant that have not started. */
  public int queued(TenantId tenant) {
    return queue.size(tenant);
  }

  /** The sequences of running generations, for tests. */
  List<Sequence> running() {
    return running;
  }

  /** Whether a waiting generation would find room, for tests. */
  boolean couldStart() {
    int free = limits.maxRows() - running.stream().mapToInt(Sequence::rows).sum();
    return preempted.isEmpty() && !books.cache.copiesSpent() && queue.next()
        .filter(s -> s.rows() <= free && images.ready(s.images) && books.cache.hasRoom(s)).isPresent();
  }

  /** Checks all accounts against each other; throws {@link IllegalStateException} at the first that is wrong. */
  public void audit() {
    books.cache.audit(running);
    queue.audit();
    waits.audit(live.values());
    int resident = 0;
    int imageReferences = books.cache.parked().imageReferences();
    for (Sequence sequence : live.values()) {
      resident += sequence.resident() ? 1 : 0;
      imageReferences += sequence.images.size();
      int known = sequence.known.length();
      if (sequence.computed < 0 || sequence.computed > sequence.planned
          || sequence.planned > known + sequence.issued - sequence.generated
          || known != sequence.promptLength() + sequence.generated || sequence.issued > sequence.maxTokens
          || sequence.ahead < 0 || (sequence.ahead > 0 && !sequence.verifies)) {
        throw new IllegalStateException("sequence " + sequence.id + " has computed " + sequence.computed + ", planned "
            + sequence.planned + " and " + sequence.ahead + " drafts, known " + known + ", generated "
            + sequence.generated + ", issued "
            + sequence.issued);
      }
    }
    if (resident != running.size() || live.size() != running.size() + preempted.size() + queue.size()
        || imageReferences != images.references()) {
      throw new IllegalStateException(live.size() + " sequences, " + resident + " with an extent; booked are "
          + running.size() + " running, " + preempted.size() + " preempted, " + queue.size() + " queued; "
          + imageReferences + " image references; booked are " + images.references());
    }
  }
}
