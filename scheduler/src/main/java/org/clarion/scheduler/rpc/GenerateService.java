package org.clarion.scheduler.rpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.clarion.proto.v1.GenerateRequest;
import org.clarion.proto.v1.GenerateResponse;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.GetSessionRequest;
import org.clarion.proto.v1.GetSessionResponse;
import org.clarion.proto.v1.Placed;
import org.clarion.proto.v1.Redirect;
import org.clarion.proto.v1.SchedulerServiceGrpc.SchedulerServiceImplBase;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.api.ClusterState;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.GenerationId;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.ImageHash;
import org.clarion.scheduler.api.Member;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.SessionId;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.SessionRecord;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.api.TokenLog;
import org.clarion.scheduler.core.AdmitResult;
import org.clarion.scheduler.core.BeamSettings;
import org.clarion.scheduler.core.GenerationRequest;
import org.clarion.scheduler.core.Positions;
import org.clarion.scheduler.core.Router;
import org.clarion.scheduler.core.Sampling;
import org.jspecify.annotations.Nullable;

/** {@code SchedulerService}: handlers block on shared state, so they belong on virtual threads. Thread-safe. */
final class GenerateService extends SchedulerServiceImplBase {
  private static final int MAX_STOP_TOKENS = 64;

  /**
   * What a service says of itself and how long it keeps and waits.
   *
   * @param advertised
   *          host:port where vision workers reach this scheduler
   * @param owner
   *          host:port of the scheduler that owns the replica, empty while none does
   * @param embeddingLife
   *          how long session state keeps an embedding after its last use
   * @param patience
   *          for the owner thread's and the token log's answers
   */
  record Surroundings(Supplier<String> advertised, Supplier<Optional<String>> owner, Duration embeddingLife,
      Duration patience) {}

  private final ReplicaSpec replica;
  private final SchedulerLoop loop;
  private final Turns turns;
  private final ClusterState cluster;
  private final Surroundings surroundings;
  private final Placement placement;

  GenerateService(ReplicaSpec replica, SchedulerLoop loop, Turns turns, ClusterState cluster,
      Surroundings surroundings) {
    this.replica = replica;
    this.loop = loop;
    this.turns = turns;
    this.cluster = cluster;
    this.surroundings = surroundings;
    placement = new Placement(replica.model(), cluster.membership(), Router.DEFAULT);
  }

  @Override
  public void getSession(GetSessionRequest request, StreamObserver<GetSessionResponse> responses) {
    try {
      SessionKey key = sessionKey(request.getTenant(), request.getSessionId());
      SessionRecord session = cluster.sessions().find(key).orElseThrow(() -> new ServiceError.NotFound(
          "session_not_found", "there is no session " + key.id()).toException());
      responses.onNext(GetSessionResponse.newBuilder().setSessionId(key.id().value()).setModel(session.model())
          .setTurns(session.turns()).setTokens(session.length()).build());
      responses.onCompleted();
    } catch (RuntimeException e) {
      responses.onError(ServiceFailures.of(e).toStatus());
    }
  }

  @Override
  public StreamObserver<GenerateRequest> generate(StreamObserver<GenerateResponse> responses) {
    return new Call((ServerCallStreamObserver<GenerateResponse>) responses);
  }

  /** One call; its methods are called by one thread at a time. */
  private final class Call implements StreamObserver<GenerateRequest> {
    private final GenerationStream stream;
    private @Nullable Generation generation;
    private boolean refused;

    Call(ServerCallStreamObserver<GenerateResponse> responses) {
      stream = new GenerationStream(responses);
      responses.setOnReadyHandler(stream::flush);
      responses.setOnCancelHandler(this::leave);
    }

    @Override
    public void onNext(GenerateRequest request) {
      if (refused) {
        return;
      }
      try {
        switch (request.getEventCase()) {
          case START -> begin(request.getStart());
          case END_AT -> loop.endAt(started(), checked(request.getEndAt().getKeptTokens()));
          case CANCEL -> loop.cancel(started());
          case EVENT_NOT_SET ->
            throw new ServiceError.InvalidArgument("a message of Generate has no event").toException();
        }
      } catch (RuntimeException e) {
        refused = true;
        leave();
        stream.fail(ServiceFailures.of(e));
      }
    }

    private void begin(GenerateStart start) {
      if (generation != null) {
        throw new ServiceError.InvalidArgument("a second start within one Generate").toException();
      }
      Optional<String> elsewhere = elsewhere(start);
      if (elsewhere.isPresent()) {
        refused = true;
        stream.only(GenerateResponse.newBuilder().setRedirect(Redirect.newBuilder().setEndpoint(elsewhere.get()))
            .build());
        return;
      }
      generation = place(start, stream);
    }

    private Generation started() {
      if (generation == null) {
        throw new ServiceError.InvalidArgument("the first message of Generate has to be start").toException();
      }
      return generation;
    }

    private int checked(int kept) {
      if (kept < 0) {
        throw new ServiceError.InvalidArgument(
            "kept_tokens " + Integer.toUnsignedString(kept) + " is out of range").toException();
      }
      return kept;
    }

    /** The caller went away: the answer ends with what was committed. */
    private void leave() {
      if (generation != null) {
        loop.cancel(generation);
      }
    }

    @Override
    public void onError(Throwable error) {
      leave();
    }

    @Override
    public void onCompleted() {
      if (generation == null && !refused) {
        refused = true;
        stream.fail(new ServiceError.InvalidArgument("the call was closed without start"));
      }
    }
  }

  /** Who has to be asked in place of this scheduler: an empty name while nobody is known. */
  private Optional<String> elsewhere(GenerateStart start) {
    if (!start.getRouted() && start.getModel().equals(replica.model())) {
      Optional<Member> owner = placement.choose(sessionKey(start.getTenant(), start.getSessionId()),
          Wire.runs(start.getSegmentsList()).stream().mapToInt(Run::count).sum());
      Optional<String> other = owner.filter(member -> member.replica().filter(replica.id()::equals).isEmpty())
          .map(Member::endpoint);
      if (other.isPresent() && !begun(start)) {
        return other;
      }
    }
    return loop.view().owned() ? Optional.empty() : Optional.of(surroundings.owner().get().orElse(""));
  }

  /** A generation that has committed tokens stays with its replica, whose epochs they carry. */
  private boolean begun(GenerateStart start) {
    GenerationKey key = new GenerationKey(new TenantId(start.getTenant()), new GenerationId(start.getGenerationId()));
    return await(cluster.tokenLog().read(key, 0).toCompletableFuture()).isPresent();
  }

  private Generation place(GenerateStart start, GenerationStream stream) {
    if (!start.getModel().equals(replica.model())) {
      throw new ServiceError.NotFound("model_not_found",
          "this scheduler serves model " + replica.model() + " only").toException();
    }
    SessionKey session = sessionKey(start.getTenant(), start.getSessionId());
    GenerationKey key = new GenerationKey(session.tenant(), new GenerationId(start.getGenerationId()));
    if (start.getStopTokenIdsCount() > MAX_STOP_TOKENS) {
      throw new ServiceError.InvalidArgument(
          start.getStopTokenIdsCount() + " stop tokens exceed the limit of " + MAX_STOP_TOKENS).toException();
    }
    if (start.getStopSequencesCount() > MAX_STOP_TOKENS) {
      throw new ServiceError.InvalidArgument(
          start.getStopSequencesCount() + " stop sequences exceed the limit of " + MAX_STOP_TOKENS).toException();
    }
    Turns.Turn turn = turns.open(session, start.getContinuesSession());
    Generation generation = new Generation(key, turn, stream);
    boolean placed = false;
    try {
      admit(generation, start);
      placed = true;
      return generation;
    } finally {
      if (!placed) {
        loop.abandon(generation);
        turns.close(turn);
      }
    }
  }

  private void admit(Generation generation, GenerateStart start) {
    TenantId tenant = generation.key.tenant();
    Positions prompt = Positions.of(generation.turn.positions());
    for (Run run : Wire.runs(start.getSegmentsList())) {
      check(run);
      prompt.append(run);
    }
    Sampling sampling = SamplingWire.read(start.getSampling(), shape().vocabulary());
    BeamSettings beams = start.hasBeamSearch() ? SamplingWire.read(start.getBeamSearch()) : null;
    List<int[]> stops = start.getStopSequencesList().stream().map(s -> Wire.ids(s.getIdsList())).toList();
    int[] committed = claim(generation.key);
    GenerationRequest request = new GenerationRequest(generation.turn.session(), prompt, sampling, start.getMaxTokens(),
        Wire.ids(start.getStopTokenIdsList()), stops, committed, beams, Wire.terms(start));
    if (committed.length > 0) {
      generation.stream.commit(committed);
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
        generation.stream.open(placed(accepted, prompt.length(), missing));
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

  /** Tokens that an earlier owner of the replica committed for this generation; from now on it cannot add any. */
  private int[] claim(GenerationKey key) {
    TokenLog.Committed committed = await(
        cluster.tokenLog().claim(loop.view().epoch(), key).toCompletableFuture());
    if (committed.finished()) {
      throw new ServiceError.FailedPrecondition("generation_finished",
          "generation " + key.id() + " has finished with " + committed.end() + " tokens").toException();
    }
    return committed.tokens();
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

  private GenerateResponse placed(AdmitResult.Accepted accepted, int promptTokens, List<ImageHash> missing) {
    Placed.Builder placed = Placed.newBuilder().setReplica(replica.id().value()).setEpoch(loop.view().epoch())
        .setPromptTokens(promptTokens).setCachedTokens(accepted.cachedTokens())
        .addAllEmbeddingDestinations(replica.ranks()).addEmbeddingDestinations(surroundings.advertised().get());
    missing.forEach(image -> placed.addMissingImages(Wire.hash(image)));
    return GenerateResponse.newBuilder().setPlaced(placed).build();
  }

  private static SessionKey sessionKey(String tenant, String session) {
    return new SessionKey(new TenantId(tenant), new SessionId(session));
  }
}
