package org.clarion.scheduler.rpc;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.clarion.proto.v1.Attach;
import org.clarion.proto.v1.Attached;
import org.clarion.proto.v1.Cancel;
import org.clarion.proto.v1.EndAt;
import org.clarion.proto.v1.Finished;
import org.clarion.proto.v1.GenerateRequest;
import org.clarion.proto.v1.GenerateResponse;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.ImageSegment;
import org.clarion.proto.v1.Placed;
import org.clarion.proto.v1.PromptSegment;
import org.clarion.proto.v1.Redirect;
import org.clarion.proto.v1.SchedulerServiceGrpc;
import org.clarion.proto.v1.TokenSegment;
import org.clarion.rpc.ServiceError;

/** One {@code Generate} call of a test, all answers kept. */
public final class Client implements ClientResponseObserver<GenerateRequest, GenerateResponse> {
  public final CompletableFuture<Placed> placed = new CompletableFuture<>();
  public final CompletableFuture<Redirect> redirect = new CompletableFuture<>();
  public final CompletableFuture<Finished> finished = new CompletableFuture<>();
  private final List<Integer> tokens = new ArrayList<>();
  public final CompletableFuture<Attached> attached = new CompletableFuture<>();
  private final boolean automatic;
  private final int from;
  private ClientCallStreamObserver<GenerateRequest> call;

  @SuppressWarnings("NullAway.Init") // gRPC sets the call before anything else happens.
  private Client(boolean automatic, int from) {
    this.automatic = automatic;
    this.from = from;
  }

  public static Client start(Channel channel, GenerateStart start) {
    return start(channel, start, true);
  }

  /** With {@code automatic} false, every answer has to be asked for by {@link #request}. */
  public static Client start(Channel channel, GenerateStart start, boolean automatic) {
    return open(channel, GenerateRequest.newBuilder().setStart(start).build(),
        new Client(automatic, start.getFirstIndex()));
  }

  /** Reads a generation that was started before. */
  public static Client attach(Channel channel, GenerateStart start, int from) {
    return open(channel, GenerateRequest.newBuilder().setAttach(Attach.newBuilder().setTenant(start.getTenant())
        .setGenerationId(start.getGenerationId()).setFirstIndex(from)).build(), new Client(true, from));
  }

  private static Client open(Channel channel, GenerateRequest first, Client client) {
    var _ = SchedulerServiceGrpc.newStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS).generate(client);
    client.call.onNext(first);
    return client;
  }

  public static GenerateStart.Builder question(String tenant, String session, List<PromptSegment> segments,
      int maxTokens) {
    return GenerateStart.newBuilder().setGenerationId("g-" + session + "-" + System.nanoTime()).setTenant(tenant)
        .setSessionId(session).setModel(Harness.MODEL).addAllSegments(segments).setMaxTokens(maxTokens)
        .addStopTokenIds(2);
  }

  static PromptSegment text(int... ids) {
    TokenSegment.Builder segment = TokenSegment.newBuilder();
    for (int id : ids) {
      segment.addIds(id);
    }
    return PromptSegment.newBuilder().setTokens(segment).build();
  }

  public static PromptSegment words(int count, int first) {
    int[] ids = new int[count];
    for (int i = 0; i < count; i++) {
      ids[i] = 3 + (first * 17 + i * 5) % (FakeWorker.VOCABULARY - 3);
    }
    return text(ids);
  }

  static PromptSegment image(byte[] hash, int tokens) {
    return PromptSegment.newBuilder()
        .setImage(ImageSegment.newBuilder().setImageHash(ByteString.copyFrom(hash)).setTokens(tokens)).build();
  }

  public List<Integer> tokens() {
    synchronized (tokens) {
      return List.copyOf(tokens);
    }
  }

  void request(int count) {
    call.request(count);
  }

  void cancelMessage() {
    call.onNext(GenerateRequest.newBuilder().setCancel(Cancel.getDefaultInstance()).build());
  }

  void endAt(int kept) {
    call.onNext(GenerateRequest.newBuilder().setEndAt(EndAt.newBuilder().setKeptTokens(kept)).build());
  }

  void halfClose() {
    call.onCompleted();
  }

  void disconnect() {
    call.cancel("the reader went away", null);
  }

  /** The end, within ten seconds. */
  public Finished awaitFinished() throws Exception {
    return finished.get(10, TimeUnit.SECONDS);
  }

  /** The error that ended the call. */
  public ServiceError awaitError() throws Exception {
    return finished.handle((value, error) -> {
      if (error == null) {
        throw new AssertionError("finished by " + value.getReason());
      }
      return ServiceError.from(error);
    }).get(10, TimeUnit.SECONDS);
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<GenerateRequest> started) {
    call = started;
    if (!automatic) {
      started.disableAutoRequestWithInitial(1);
    }
  }

  @Override
  public void onNext(GenerateResponse response) {
    switch (response.getEventCase()) {
      case PLACED -> placed.complete(response.getPlaced());
      case ATTACHED -> attached.complete(response.getAttached());
      case REDIRECT -> redirect.complete(response.getRedirect());
      case FINISHED -> finished.complete(response.getFinished());
      case TOKENS -> {
        synchronized (tokens) {
          if (response.getTokens().getFirstIndex() != from + tokens.size()) {
            finished.completeExceptionally(new AssertionError("tokens from " + response.getTokens().getFirstIndex()
                + " after " + (from + tokens.size())));
          }
          tokens.addAll(response.getTokens().getIdsList());
        }
      }
      case EVENT_NOT_SET -> finished.completeExceptionally(new AssertionError("empty message"));
    }
  }

  @Override
  public void onError(Throwable error) {
    placed.completeExceptionally(error);
    attached.completeExceptionally(error);
    redirect.completeExceptionally(error);
    finished.completeExceptionally(error);
  }

  @Override
  public void onCompleted() {
    finished.completeExceptionally(new AssertionError("the call was completed without an end"));
  }
}
