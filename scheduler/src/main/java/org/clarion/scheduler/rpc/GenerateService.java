package org.clarion.scheduler.rpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;
import org.clarion.proto.v1.Attached;
import org.clarion.proto.v1.GenerateRequest;
import org.clarion.proto.v1.GenerateResponse;
import org.clarion.proto.v1.GetSessionRequest;
import org.clarion.proto.v1.GetSessionResponse;
import org.clarion.proto.v1.Redirect;
import org.clarion.proto.v1.SchedulerServiceGrpc.SchedulerServiceImplBase;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.api.ClusterState;
import org.clarion.scheduler.api.SessionId;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.SessionRecord;
import org.clarion.scheduler.api.TenantId;
import org.jspecify.annotations.Nullable;

/** {@code SchedulerService}: handlers block on shared state, so they belong on virtual threads. Thread-safe. */
final class GenerateService extends SchedulerServiceImplBase {
  private final Admissions admissions;
  private final SchedulerLoop loop;
  private final Underway underway;
  private final ClusterState cluster;

  GenerateService(Admissions admissions, SchedulerLoop loop, Underway underway, ClusterState cluster) {
    this.admissions = admissions;
    this.loop = loop;
    this.underway = underway;
    this.cluster = cluster;
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
    private volatile @Nullable Generation generation;
    private volatile boolean gone;
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
          case START -> begin(() -> admissions.start(request.getStart(), stream));
          case ATTACH -> begin(() -> admissions.attach(request.getAttach(), stream));
          case END_AT -> endAt(started(), checked(request.getEndAt().getKeptTokens()));
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

    private void begin(Supplier<Admissions.Outcome> admission) {
      if (generation != null) {
        throw new ServiceError.InvalidArgument("a second start within one Generate").toException();
      }
      switch (admission.get()) {
        case Admissions.Outcome.Reads reads -> {
          generation = reads.generation();
          if (gone) {
            leave();
          }
        }
        case Admissions.Outcome.Elsewhere elsewhere -> {
          refused = true;
          stream.only(GenerateResponse.newBuilder()
              .setRedirect(Redirect.newBuilder().setEndpoint(elsewhere.endpoint())).build());
        }
        case Admissions.Outcome.Expired expired -> {
          refused = true;
          stream.only(GenerateResponse.newBuilder().setAttached(
              Attached.newBuilder().setStart(Admissions.outline(expired.start())).setEnded(true).setExpired(true))
              .build());
        }
      }
    }

    private void endAt(Generation ended, int kept) {
      stream.limit(kept);
      loop.endAt(ended, kept);
    }

    private Generation started() {
      if (generation == null) {
        throw new ServiceError.InvalidArgument("the first message of Generate has to be start or attach").toException();
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

    /** The caller went away, or its call did: the answer goes on without it. */
    private void leave() {
      gone = true;
      Generation read = generation;
      if (read != null) {
        underway.left(read, stream);
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

  private static SessionKey sessionKey(String tenant, String session) {
    return new SessionKey(new TenantId(tenant), new SessionId(session));
  }
}
