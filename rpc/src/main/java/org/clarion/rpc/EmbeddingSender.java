package org.clarion.rpc;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.clarion.proto.v1.ElementType;
import org.clarion.proto.v1.EmbeddingServiceGrpc;
import org.clarion.proto.v1.PutRequest;
import org.clarion.proto.v1.PutResponse;
import org.clarion.proto.v1.PutStart;

/**
 * One embedding on its way to any number of {@code EmbeddingService}s: encoded and hashed once, sent in chunks of at
 * most 256 KiB that leave only while the transport is ready. Thread-safe.
 */
public final class EmbeddingSender {
  /** Largest chunk. */
  public static final int CHUNK_BYTES = 256 << 10;

  private final PutRequest start;
  private final byte[] payload;

  /** Encodes the embedding. */
  public EmbeddingSender(Embedding embedding) {
    this.payload = embedding.payload();
    this.start = PutRequest.newBuilder().setStart(PutStart.newBuilder()
        .setKey(embedding.key())
        .setModel(embedding.model())
        .setTokens(embedding.tokens())
        .setHidden(embedding.hidden())
        .setElementType(ElementType.ELEMENT_TYPE_FLOAT32)
        .setPayloadHash(UnsafeByteOperations.unsafeWrap(Sha256.of(payload)))).build();
  }

  /**
   * Sends the embedding; completes with whether the receiver stored it (false: it had it), or exceptionally with a gRPC
   * status. Cancelling the future cancels the call.
   */
  public CompletableFuture<Boolean> put(Channel channel, Duration deadline) {
    Transfer transfer = new Transfer();
    var _ = EmbeddingServiceGrpc.newStub(channel)
        .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS)
        .put(transfer);
    return transfer.result;
  }

  /** One call. Its methods are called by one thread at a time, save the future's cancellation. */
  private final class Transfer implements ClientResponseObserver<PutRequest, PutResponse> {
    private final CompletableFuture<Boolean> result = new CompletableFuture<>();
    private boolean started;
    private int sent;
    private boolean done;

    @Override
    public void beforeStart(ClientCallStreamObserver<PutRequest> call) {
      call.setOnReadyHandler(() -> pump(call));
      var _ = result.whenComplete((_, _) -> {
        if (result.isCancelled()) {
          call.cancel("the sender no longer needs the answer", null);
        }
      });
    }

    private void pump(ClientCallStreamObserver<PutRequest> call) {
      while (!done && call.isReady()) {
        if (!started) {
          started = true;
          call.onNext(start);
        } else if (sent < payload.length) {
          int count = Math.min(CHUNK_BYTES, payload.length - sent);
          call.onNext(
              PutRequest.newBuilder().setChunk(UnsafeByteOperations.unsafeWrap(payload, sent, count)).build());
          sent += count;
        } else {
          done = true;
          call.onCompleted();
        }
      }
    }

    @Override
    public void onNext(PutResponse response) {
      result.complete(response.getStored());
    }

    @Override
    public void onError(Throwable error) {
      // The receiver may refuse before everything is sent: stop sending.
      done = true;
      result.completeExceptionally(error);
    }

    @Override
    public void onCompleted() {
      result.completeExceptionally(
          new ServiceError.Internal("the receiver ended the call without an answer").toStatus());
    }
  }
}
