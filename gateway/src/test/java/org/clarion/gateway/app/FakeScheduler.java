package org.clarion.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.clarion.proto.v1.Attach;
import org.clarion.proto.v1.Attached;
import org.clarion.proto.v1.EndAt;
import org.clarion.proto.v1.FinishReason;
import org.clarion.proto.v1.Finished;
import org.clarion.proto.v1.GenerateRequest;
import org.clarion.proto.v1.GenerateResponse;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.GetSessionRequest;
import org.clarion.proto.v1.GetSessionResponse;
import org.clarion.proto.v1.Placed;
import org.clarion.proto.v1.Redirect;
import org.clarion.proto.v1.SchedulerServiceGrpc.SchedulerServiceImplBase;
import org.clarion.proto.v1.TokenChance;
import org.clarion.proto.v1.TokenLogProbabilities;
import org.clarion.proto.v1.Tokens;
import org.clarion.rpc.ServiceError;

/** A scheduler that does what the test's script says. */
final class FakeScheduler extends SchedulerServiceImplBase {
  /** Runs on its own thread once a generation's start has come. */
  interface Script {
    void run(Call call) throws Exception;
  }

  final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();
  final Map<String, GetSessionResponse> sessions = new ConcurrentHashMap<>();
  /** Says of itself that it makes no progress. */
  volatile boolean hanging;
  volatile Script script = call -> call.answer("ok");
  /** What becomes of calls that read a generation that was started before. */
  volatile Script attaching = call -> call.refuse(new ServiceError.NotFound("generation_not_found",
      "there is no such generation"));

  /** The oldest call that nobody has asked for yet, once it has come. */
  Call next() throws InterruptedException {
    Call call = calls.poll(10, TimeUnit.SECONDS);
    assertThat(call).isNotNull();
    return call;
  }

  /** One call: {@code start} is empty when it reads a generation that was started before. */
  static final class Call {
    final GenerateStart start;
    final Attach attach;
    final BlockingQueue<EndAt> ends = new LinkedBlockingQueue<>();
    final CountDownLatch stopped = new CountDownLatch(1);
    final CountDownLatch cancelled = new CountDownLatch(1);
    private final ServerCallStreamObserver<GenerateResponse> out;
    private int sent;

    Call(GenerateStart start, Attach attach, ServerCallStreamObserver<GenerateResponse> out) {
      this.start = start;
      this.attach = attach;
      this.out = out;
      sent = Math.max(start.getFirstIndex(), attach.getFirstIndex());
    }

    int promptTokens() {
      return start.getSegmentsList().stream().mapToInt(
          segment -> segment.hasTokens() ? segment.getTokens().getIdsCount() : segment.getImage().getTokens()).sum();
    }

    List<ByteString> images() {
      return start.getSegmentsList().stream().filter(segment -> segment.hasImage())
          .map(segment -> segment.getImage().getImageHash()).toList();
    }

    boolean ready() {
      return out.isReady();
    }

    void placed(List<ByteString> missing, String... destinations) {
      out.onNext(GenerateResponse.newBuilder().setPlaced(Placed.newBuilder().setReplica("r").setEpoch(1)
          .addAllMissingImages(missing).addAllEmbeddingDestinations(List.of(destinations))
          .setPromptTokens(promptTokens()).setCachedTokens(3)).build());
    }

    boolean attaches() {
      return !attach.getGenerationId().isEmpty();
    }

    void attached(Attached attached) {
      out.onNext(GenerateResponse.newBuilder().setAttached(attached).build());
    }

    void tokens(int... ids) {
      Tokens.Builder tokens = Tokens.newBuilder().setFirstIndex(sent);
      Arrays.stream(ids).forEach(tokens::addIds);
      sent += ids.length;
      out.onNext(GenerateResponse.newBuilder().setTokens(tokens).build());
    }

    /** The same with log probabilities: each token -0.5 and, beside it, the one after it in the vocabulary -2. */
    void likelyTokens(int... ids) {
      Tokens.Builder tokens = Tokens.newBuilder().setFirstIndex(sent);
      for (int id : ids) {
        tokens.addIds(id).addLogProbabilities(TokenLogProbabilities.newBuilder().setLogProbability(-0.5f)
            .addLikeliest(TokenChance.newBuilder().setToken(id).setLogProbability(-0.5f))
            .addLikeliest(TokenChance.newBuilder().setToken(id + 1).setLogProbability(Float.NEGATIVE_INFINITY)));
      }
      sent += ids.length;
      out.onNext(GenerateResponse.newBuilder().setTokens(tokens).build());
    }

    void finish(FinishReason reason) {
      finish(reason, sent);
    }

    void finish(FinishReason reason, int completion) {
      out.onNext(GenerateResponse.newBuilder().setFinished(Finished.newBuilder().setReason(reason)
          .setPromptTokens(promptTokens()).setCachedTokens(3).setCompletionTokens(completion)).build());
      out.onCompleted();
    }

    /** Places, sends the bytes of the text as one token each, and finishes. */
    void answer(String text) {
      placed(List.of());
      for (int id : ByteTokenizer.bytes(text)) {
        tokens(id);
      }
      finish(FinishReason.FINISH_REASON_STOP);
    }

    void redirect(String endpoint) {
      out.onNext(GenerateResponse.newBuilder().setRedirect(Redirect.newBuilder().setEndpoint(endpoint)).build());
      out.onCompleted();
    }

    void refuse(ServiceError error) {
      out.onError(error.toStatus());
    }
  }

  @Override
  public StreamObserver<GenerateRequest> generate(StreamObserver<GenerateResponse> responses) {
    ServerCallStreamObserver<GenerateResponse> out = (ServerCallStreamObserver<GenerateResponse>) responses;
    List<Call> call = new ArrayList<>();
    CountDownLatch cancelled = new CountDownLatch(1);
    out.setOnCancelHandler(() -> {
      cancelled.countDown();
      call.forEach(one -> one.cancelled.countDown());
    });
    return new StreamObserver<>() {
      @Override
      public void onNext(GenerateRequest request) {
        switch (request.getEventCase()) {
          case START, ATTACH -> {
            Call started = new Call(request.getStart(), request.getAttach(), out);
            call.add(started);
            calls.add(started);
            Thread.ofVirtual().start(() -> {
              try {
                (started.attaches() ? attaching : script).run(started);
              } catch (Exception e) {
                started.refuse(ServiceError.from(e));
              }
            });
          }
          case END_AT -> call.getFirst().ends.add(request.getEndAt());
          case CANCEL -> call.getFirst().stopped.countDown();
          case EVENT_NOT_SET -> throw new IllegalStateException("an empty message");
        }
      }

      @Override
      public void onError(Throwable failure) {
        // The cancel handler tells.
      }

      @Override
      public void onCompleted() {
        // Closing the half changes nothing.
      }
    };
  }

  @Override
  public void getSession(GetSessionRequest request, StreamObserver<GetSessionResponse> responses) {
    GetSessionResponse session = sessions.get(request.getTenant() + "/" + request.getSessionId());
    if (session == null) {
      responses.onError(new ServiceError.NotFound("session_not_found", "there is no such session").toStatus());
    } else {
      responses.onNext(session);
      responses.onCompleted();
    }
  }
}
