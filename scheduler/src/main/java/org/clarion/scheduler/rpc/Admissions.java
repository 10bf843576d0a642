package org.clarion.scheduler.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.clarion.proto.v1.Attach;
import org.clarion.proto.v1.Attached;
import org.clarion.proto.v1.GenerateResponse;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.Placed;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.api.ClusterState;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.GenerationId;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.GenerationRecord;
import org.clarion.scheduler.api.ImageHash;
import org.clarion.scheduler.api.Lease;
import org.clarion.scheduler.api.Member;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.SessionId;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.api.TokenLog;
import org.clarion.scheduler.cluster.LeaseWatch;
import org.clarion.scheduler.core.AdmitResult;
import org.clarion.scheduler.core.BeamSettings;
import org.clarion.scheduler.core.GenerationRequest;
import org.clarion.scheduler.core.Positions;
import org.clarion.scheduler.core.Sampling;
import org.clarion.scheduler.core.Terms;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From a call's first message to a generation that it reads. A generation is one of four: new; under way here already;
 * started elsewhere or before, and then it goes on from its committed tokens; or ended, and then it is told from its
 * log. Methods block on shared state. Thread-safe.
 */
final class Admissions {
  private static final Logger log = LoggerFactory.getLogger(Admissions.class);
  private static final int MAX_STOP_TOKENS = 64;

  /**
   * What surrounds the service.
   *
   * @param advertised
   *          host:port where vision workers reach this scheduler
   * @param owner
   *          host:port of the scheduler that owns the replica, empty while none does
   * @param embeddingLife
   *          how long session state keeps an embedding after its last use
   * @param patience
   *          for the owner thread's and the token log's answers
   * @param lease
   *          how long another's lease has to stand still before its replica counts as free
   * @param clock
   *          for the times that requests give themselves
   */
  record Surroundings(Supplier<String> advertised, Supplier<Optional<String>> owner, Duration embeddingLife,
      Duration patience, Duration lease, InstantSource clock) {}

  /** What a call is to do. */
  sealed interface Outcome {
    /** Its stream reads this generation. */
    record Reads(Generation generation) implements Outcome {}

    /** Ask there; nowhere now if empty. */
    record Elsewhere(String endpoint) implements Outcome {}

    /** There was such a generation, but its tokens are forgotten. */
    record Expired(GenerateStart start) implements Outcome {}
  }

  /**
   * How a call reads.
   *
   * @param from
   *          first token that it wants
   * @param whole
   *          whether the caller has the request, and can deliver its images
   */
  private record Reading(int from, boolean whole) {}

  private final ReplicaSpec replica;
  private final SchedulerLoop loop;
  private final Turns turns;
  private final Underway underway;
  private final ClusterState cluster;
  private final Surroundings surroundings;
  private final Placement placement;
  private final Map<ReplicaId, LeaseWatch> watches = new ConcurrentHashMap<>();
  private final Absences absences = new Absences(SchedulerLoop.DOWN.toNanos());

  Admissions(ReplicaSpec replica, SchedulerLoop loop, Turns turns, Underway underway, ClusterState cluster,
      Placement placement, Surroundings surroundings) {
    this.replica = replica;
    this.loop = loop;
    this.turns = turns;
    this.underway = underway;
    this.cluster = cluster;
    this.surroundings = surroundings;
    this.placement = placement;
  }

  /** A generation by its whole request: new, or one whose reader lost its call. */
  Outcome start(GenerateStart start, GenerationStream stream) {
    GenerationKey key = key(start.getTenant(), start.getGenerationId());
    GenerationRecord before = cluster.generations().find(key).orElse(null);
    Optional<String> better = before == null && underway.find(key) == null ? better(start) : Optional.empty();
    if (!loop.view().owned()) {
      return new Outcome.Elsewhere(better.orElseGet(() -> driver(before)));
    }
    if (!start.getModel().equals(replica.model())) {
      throw new ServiceError.NotFound("model_not_found",
          "this scheduler serves model " + replica.model() + " only").toException();
    }
    Optional<String> served = better.or(this::servedElsewhere);
    if (served.isPresent()) {
      return new Outcome.Elsewhere(served.get());
    }
    return read(new Generation(key, start, this::release), before, stream, new Reading(index(start.getFirstIndex()),
        true));
  }

  /** A generation by its name: what its request was is in shared state. */
  Outcome attach(Attach attach, GenerationStream stream) {
    GenerationKey key = key(attach.getTenant(), attach.getGenerationId());
    int from = index(attach.getFirstIndex());
    Generation live = underway.find(key);
    if (live != null) {
      requireKnown(live, from);
      stream.read(live.tape, from, placed -> attached(live));
      return new Outcome.Reads(live);
    }
    GenerationRecord record = cluster.generations().find(key).orElseThrow(() -> new ServiceError.NotFound(
        "generation_not_found", "there is no generation " + key.id()).toException());
    GenerateStart start = request(record);
    if (!loop.view().owned() || !start.getModel().equals(replica.model())) {
      return new Outcome.Elsewhere(driver(record));
    }
    Optional<String> served = servedElsewhere();
    return served.isPresent()
        ? new Outcome.Elsewhere(served.get())
        : read(new Generation(key, start, this::release), record, stream, new Reading(from, false));
  }

  /** Where another replica serves while our ranks are away for too long. */
  private Optional<String> servedElsewhere() {
    return loop.view().down(System.nanoTime())
        ? placement.besides(replica.id()).map(Member::endpoint)
        : Optional.empty();
  }

  /** Who owns the replica where a new generation should be, if that is not ours. */
  private Optional<String> better(GenerateStart start) {
    if (start.getRouted() || !start.getModel().equals(replica.model())) {
      return Optional.empty();
    }
    return placement.choose(new SessionKey(new TenantId(start.getTenant()), new SessionId(start.getSessionId())),
        Wire.runs(start.getSegmentsList()).stream().mapToInt(Run::count).sum())
        .filter(member -> member.replica().filter(replica.id()::equals).isEmpty()).map(Member::endpoint);
  }

  /**
   * Who drives the replica of a generation; whoever drives ours when that is lost. Empty text while nobody is known.
   */
  private String driver(@Nullable GenerationRecord generation) {
    Optional<String> driver = generation == null ? Optional.empty() : owner(generation.replica());
    return driver.or(surroundings.owner()).orElse("");
  }

  private static GenerateStart request(GenerationRecord record) {
    try {
      return GenerateStart.parseFrom(record.request());
    } catch (InvalidProtocolBufferException e) {
      throw new ServiceError.Internal("a stored request cannot be read").toException();
    }
  }

  private static GenerateResponse attached(Generation generation) {
    return GenerateResponse.newBuilder().setAttached(Attached.newBuilder().setStart(outline(generation.start))
        .setCommitted(generation.tape.committed()).setEnded(generation.tape.finished())).build();
  }

  /** What a reader needs to know of a request: not its words. */
  static GenerateStart outline(GenerateStart start) {
    GenerateStart.Builder outline = start.toBuilder().clearSegments().clearStopSequences();
    outline.getSamplingBuilder().clearFormat();
    return outline.build();
  }

  private void release(Generation generation) {
    Turns.Turn turn = generation.turnOrNull();
    if (turn != null) {
      turns.close(turn);
    }
    underway.end(generation);
  }

  /**
   * Has the stream read the generation, after it was brought under way unless it is.
   *
   * @param before
   *          what is known of it when it was placed before
   */
  private Outcome read(Generation mine, @Nullable GenerationRecord before, GenerationStream stream, Reading reading) {
    Generation other = underway.begin(mine);
    Generation generation = other == null ? mine : other;
    Function<Placed, GenerateResponse> opening = reading.whole()
        ? placed -> GenerateResponse.newBuilder().setPlaced(placed).build()
        : _ -> attached(generation);
    if (other != null) {
      requireSame(mine, other.start);
      requireKnown(other, reading.from());
      stream.read(other.tape, reading.from(), opening);
      return new Outcome.Reads(other);
    }
    Outcome outcome;
    try {
      outcome = bring(mine, before, reading, () -> stream.read(mine.tape, reading.from(), opening));
    } catch (RuntimeException e) {
      mine.release();
      // Its own reader hears why; the others ask again.
      stream.fail(ServiceFailures.of(e));
      retract(mine);
      throw e;
    }
    if (!(outcome instanceof Outcome.Reads)) {
      mine.release();
      retract(mine);
    }
    return outcome;
  }

  /** The generation is not brought under way after all. */
  private void retract(Generation mine) {
    loop.abandon(mine);
    mine.tape.fail(new ServiceError.Unavailable("generation " + mine.key.id() + " is not under way here"));
  }

  private static void requireSame(Generation mine, GenerateStart other) {
    if (!mine.start.equals(other)) {
      throw new ServiceError.FailedPrecondition("generation_exists",
          "generation " + mine.key.id() + " exists already, with another request").toException();
    }
  }

  /** An owner that stood still may know less of its generation than a reader of the next owner's. */
  private void requireKnown(Generation live, int from) {
    if (live.tape.placed() != null && from > live.tape.committed()) {
      int logged = await(cluster.tokenLog().read(live.key, Integer.MAX_VALUE).toCompletableFuture())
          .map(TokenLog.Committed::end).orElse(0);
      throw Resumption.ahead(from, logged).toException();
    }
  }

  private Outcome bring(Generation mine, @Nullable GenerationRecord before, Reading reading, Runnable listen) {
    int from = reading.from();
    if (before == null) {
      check(mine.start);
    } else {
      requireSame(mine, request(before));
      Optional<String> elsewhere = owner(before.replica());
      if (elsewhere.isPresent()) {
        return new Outcome.Elsewhere(elsewhere.get());
      }
      boolean logged = await(cluster.tokenLog().read(mine.key, Integer.MAX_VALUE).toCompletableFuture()).isPresent();
      if (Resumption.forgotten(logged, from, turns.version(session(mine)) != before.sessionVersion())) {
        return new Outcome.Expired(mine.start);
      }
    }
    TokenLog.Committed committed = claim(mine.key);
    switch (Resumption.of(committed, from)) {
      case Resumption.Lost lost -> throw GenerationStream.lost(from, lost.committed()).toException();
      case Resumption.GoesOn _ -> {
        mine.epoch = committed.epoch();
        mine.turn(turns.open(session(mine), mine.start.getContinuesSession(),
            before == null ? null : before.sessionVersion()));
        listen.run();
        admit(mine, committed.tokens(), before, reading.whole());
      }
      case Resumption.Ended ended -> {
        if (before == null) {
          throw new ServiceError.FailedPrecondition("generation_finished",
              "generation " + mine.key.id() + " has finished with " + committed.end() + " tokens").toException();
        }
        TokenLog.Ending ending = ended.ending();
        settle(mine, committed.tokens(), ending, before);
        listen.run();
        mine.tape.commit(committed.tokens());
        mine.tape.complete(Wire.finished(ending));
        mine.tape.open(placed(ending.promptTokens(), ending.cachedTokens(), List.of()));
        mine.release();
      }
    }
    return new Outcome.Reads(mine);
  }

  /** host:port of whoever drives another replica, empty text while nobody knows; empty when it is free or ours. */
  private Optional<String> owner(ReplicaId other) {
    if (other.equals(replica.id())) {
      return Optional.empty();
    }
    LeaseWatch watch = watches.computeIfAbsent(other, _ -> new LeaseWatch(surroundings.lease()));
    long now = System.nanoTime();
    Optional<Lease> newest = cluster.leases().find(other);
    watch.see(newest, now);
    // An owner whose ranks are away has given its generations up; a claim of the log keeps it from going on with them.
    boolean away = absences.overdue(other, placement.serves(other), now);
    return newest.isEmpty() || watch.overdue(now) != null || away
        ? Optional.empty()
        : Optional.of(cluster.membership().ownerOf(other).orElse(""));
  }

  /** Tokens that an earlier owner committed for this generation; from now on it cannot add any. */
  private TokenLog.Committed claim(GenerationKey key) {
    return await(cluster.tokenLog().claim(loop.view().epoch(), key).toCompletableFuture()
        .whenComplete((_, error) -> Resumption.higherEpoch(error).ifPresent(loop::raiseEpoch)));
  }

  /** The answer has ended, but the owner of then may not have lived to write it into the session. */
  private void settle(Generation mine, int[] tokens, TokenLog.Ending ending, GenerationRecord before) {
    try {
      if (turns.version(session(mine)) == before.sessionVersion()) {
        Turns.Turn turn = turns.open(session(mine), mine.start.getContinuesSession(), before.sessionVersion());
        mine.turn(turn);
        Positions known = prompt(turn, mine.start);
        for (int i = 0; i < Math.min(tokens.length, ending.completionTokens()); i++) {
          known.append(tokens[i]);
        }
        turns.write(turn, known.runs());
      }
    } catch (RuntimeException e) {
      // The answer is told all the same.
      log.warn("the session of generation {} cannot be kept: {}", mine.key.id(), ServiceFailures.of(e).code());
    }
  }

  private Positions prompt(Turns.Turn turn, GenerateStart start) {
    Positions prompt = Positions.of(turn.positions());
    Wire.runs(start.getSegmentsList()).forEach(prompt::append);
    return prompt;
  }

  private void admit(Generation generation, int[] committed, @Nullable GenerationRecord before, boolean whole) {
    GenerateStart start = generation.start;
    TenantId tenant = generation.key.tenant();
    Positions prompt = prompt(generation.turn(), start);
    Sampling sampling = SamplingWire.read(start.getSampling(), shape().vocabulary());
    BeamSettings beams = start.hasBeamSearch() ? SamplingWire.read(start.getBeamSearch()) : null;
    List<int[]> stops = start.getStopSequencesList().stream().map(s -> Wire.ids(s.getIdsList())).toList();
    GenerationRequest request = new GenerationRequest(generation.turn().session(), prompt, sampling,
        start.getMaxTokens(), Wire.ids(start.getStopTokenIdsList()), stops, committed, beams, terms(start, before));
    if (committed.length > 0) {
      generation.tape.commit(committed);
    }
    List<ImageHash> known = prompt.images()
        .filter(image -> cluster.embeddings().prolong(new EmbeddingKey(tenant, image), surroundings.embeddingLife()))
        .toList();
    switch (await(loop.admit(generation, request))) {
      case AdmitResult.Accepted accepted -> {
        List<ImageHash> missing = new ArrayList<>();
        for (ImageHash image : accepted.absentImages()) {
          if (known.contains(image)) {
            loop.pushEmbedding(new EmbeddingKey(tenant, image));
          } else {
            missing.add(image);
          }
        }
        if (!whole && !missing.isEmpty()) {
          throw new ServiceError.FailedPrecondition("image_lost",
              "an image's embedding is not kept any more: ask again, with the image").toException();
        }
        // Before anybody learns that it is placed: then whoever knows of it finds it.
        if (before == null || !before.replica().equals(replica.id())) {
          cluster.generations().put(generation.key, before == null
              ? new GenerationRecord(start.toByteArray(), replica.id(), generation.turn().version(),
                  surroundings.clock().instant())
              : before.at(replica.id()));
        }
        generation.tape.open(placed(prompt.length(), accepted.cachedTokens(), missing));
      }
      case AdmitResult.Overloaded full -> throw refusal(tenant, new ServiceError.Overloaded(
          full.queued() + " generations wait already, the limit is " + full.limit(), full.retryAfter()));
      case AdmitResult.TooLate late -> throw refusal(tenant,
          new ServiceError.Overloaded("the first token is predicted after "
              + late.predicted().toMillis() + " ms, the limit is " + late.limit().toMillis() + " ms",
              late.retryAfter()));
      case AdmitResult.TooLong tooLong ->
        throw refusal(tenant, new ServiceError.ContextTooLong(tooLong.promptTokens(), tooLong.limit()));
    }
  }

  /** The time that a request gives itself runs from its first admission on. */
  private Terms terms(GenerateStart start, @Nullable GenerationRecord before) {
    Terms terms = Wire.terms(start);
    Duration timeout = terms.timeout();
    if (timeout == null || before == null) {
      return terms;
    }
    Duration left = timeout.minus(Duration.between(before.admitted(), surroundings.clock().instant()));
    if (!left.isPositive()) {
      throw new ServiceError.DeadlineExceeded("the answer was not complete within " + timeout).toException();
    }
    return new Terms(terms.clinicalClass(), left);
  }

  private void check(GenerateStart start) {
    if (start.getStopTokenIdsCount() > MAX_STOP_TOKENS) {
      throw new ServiceError.InvalidArgument(
          start.getStopTokenIdsCount() + " stop tokens exceed the limit of " + MAX_STOP_TOKENS).toException();
    }
    if (start.getStopSequencesCount() > MAX_STOP_TOKENS) {
      throw new ServiceError.InvalidArgument(
          start.getStopSequencesCount() + " stop sequences exceed the limit of " + MAX_STOP_TOKENS).toException();
    }
    Wire.runs(start.getSegmentsList()).forEach(this::check);
  }

  /** A rank refuses the whole plan, everybody's rows, over what its model has not: do not let it come so far. */
  private void check(Run run) {
    ReplicaDriver.Shape shape = shape();
    switch (run) {
      case Run.Image image -> {
        if (image.count() != shape.imageTokens()) {
          throw new ServiceError.InvalidArgument("an image of " + image.count() + " positions does not fit model "
              + replica.model() + ", whose images have " + shape.imageTokens()).toException();
        }
      }
      case Run.Tokens tokens -> Arrays.stream(tokens.ids()).filter(id -> id < 0 || id >= shape.vocabulary()).findAny()
          .ifPresent(id -> {
            throw new ServiceError.InvalidArgument("token id " + Integer.toUnsignedString(id) + " is not below "
                + shape.vocabulary() + ", the vocabulary of model " + replica.model()).toException();
          });
    }
  }

  private ReplicaDriver.Shape shape() {
    ReplicaDriver.Shape shape = loop.view().shape();
    if (shape == null) {
      throw new ServiceError.Unavailable("replica " + replica.id() + " is starting").toException();
    }
    return shape;
  }

  private RuntimeException refusal(TenantId tenant, ServiceError error) {
    loop.metrics().refused(tenant, error.code());
    return error.toException();
  }

  private <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(surroundings.patience().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw ServiceFailures.of(e).toException();
    } catch (TimeoutException e) {
      throw new ServiceError.Unavailable("no answer within " + surroundings.patience()).toException();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ServiceError.Cancelled("interrupted").toException();
    }
  }

  private Placed placed(int promptTokens, int cachedTokens, List<ImageHash> missing) {
    Placed.Builder placed = Placed.newBuilder().setReplica(replica.id().value()).setEpoch(loop.view().epoch())
        .setPromptTokens(promptTokens).setCachedTokens(cachedTokens)
        .addAllEmbeddingDestinations(replica.ranks()).addEmbeddingDestinations(surroundings.advertised().get());
    missing.forEach(image -> placed.addMissingImages(Wire.hash(image)));
    return placed.build();
  }

  private static int index(int first) {
    if (first < 0) {
      throw new ServiceError.InvalidArgument("first_index " + Integer.toUnsignedString(first) + " is out of range")
          .toException();
    }
    return first;
  }

  private static GenerationKey key(String tenant, String generation) {
    return new GenerationKey(new TenantId(tenant), new GenerationId(generation));
  }

  private static SessionKey session(Generation generation) {
    return new SessionKey(generation.key.tenant(), new SessionId(generation.start.getSessionId()));
  }
}
