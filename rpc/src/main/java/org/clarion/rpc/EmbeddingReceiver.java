package org.clarion.rpc;

import com.google.protobuf.ByteString;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.clarion.proto.v1.ElementType;
import org.clarion.proto.v1.EmbeddingServiceGrpc.EmbeddingServiceImplBase;
import org.clarion.proto.v1.PutRequest;
import org.clarion.proto.v1.PutResponse;
import org.clarion.proto.v1.PutStart;
import org.jspecify.annotations.Nullable;

/**
 * {@code EmbeddingService.Put}: takes chunks up to the length that {@code start} declares, within bounds for one
 * embedding and for all transfers together, checks length and SHA-256 and hands the embedding to a {@link Sink}.
 * Thread-safe; memory is reserved when a transfer starts and given back when it ends in whatever way.
 */
public final class EmbeddingReceiver extends EmbeddingServiceImplBase {
  /** Keeps embeddings. */
  public interface Sink {
    /**
     * Refuses by {@link ServiceException} what cannot be used, before its payload is taken: an unknown model, a wrong
     * width. Must not block.
     */
    void check(PutStart start);

    /**
     * Keeps the embedding; false when it was there already. Called on the call's handler thread; blocks only where the
     * server runs blocking handlers.
     *
     * @throws ServiceException
     *           when it cannot be kept
     */
    boolean store(Embedding embedding);
  }

  /**
   * What transfers may take.
   *
   * @param embeddingBytes
   *          largest payload
   * @param inFlightBytes
   *          largest sum of payloads under way
   */
  public record Limits(int embeddingBytes, long inFlightBytes) {
    /** 16 MiB for one, 128 MiB for all. */
    public static final Limits DEFAULT = new Limits(16 << 20, 128L << 20);
  }

  private final Sink sink;
  private final Limits limits;
  private final AtomicLong inFlight = new AtomicLong();

  public EmbeddingReceiver(Sink sink, Limits limits) {
    this.sink = sink;
    this.limits = limits;
  }

  /** Bytes reserved by transfers under way. */
  public long inFlightBytes() {
    return inFlight.get();
  }

  @Override
  public StreamObserver<PutRequest> put(StreamObserver<PutResponse> responses) {
    Transfer transfer = new Transfer(responses);
    if (responses instanceof ServerCallStreamObserver<PutResponse> call) {
      call.setOnCancelHandler(transfer::release);
    }
    return transfer;
  }

  /** One call; its observer methods are called by one thread at a time, {@code release} by any. */
  private final class Transfer implements StreamObserver<PutRequest> {
    private final StreamObserver<PutResponse> responses;
    private final MessageDigest digest = Sha256.digest();
    private final AtomicLong reserved = new AtomicLong();
    private @Nullable PutStart start;
    private byte @Nullable [] payload;
    private int received;
    private boolean ended;

    private Transfer(StreamObserver<PutResponse> responses) {
      this.responses = responses;
    }

    @Override
    public void onNext(PutRequest request) {
      if (ended) {
        return;
      }
      try {
        switch (request.getPartCase()) {
          case START -> begin(request.getStart());
          case CHUNK -> take(request.getChunk());
          case PART_NOT_SET -> throw invalid("a message of Put has neither start nor chunk");
        }
      } catch (RuntimeException e) {
        fail(e);
      }
    }

    private void begin(PutStart opening) {
      if (start != null) {
        throw invalid("a second start within one Put");
      }
      if (opening.getPayloadHash().size() != Sha256.BYTES || opening.getKey().getImageHash().size() != Sha256.BYTES) {
        throw invalid("payload_hash and image_hash have " + opening.getPayloadHash().size() + " and "
            + opening.getKey().getImageHash().size() + " bytes, not 32");
      }
      if (opening.getTokens() <= 0 || opening.getHidden() <= 0) {
        throw invalid("an embedding of " + Integer.toUnsignedString(opening.getTokens()) + " x "
            + Integer.toUnsignedString(opening.getHidden()) + " has no use");
      }
      int width = width(opening.getElementType());
      long elements = Math.multiplyFull(opening.getTokens(), opening.getHidden());
      if (elements > limits.embeddingBytes() / width) {
        throw invalid("an embedding of " + opening.getTokens() + " x " + opening.getHidden()
            + " exceeds the limit of " + limits.embeddingBytes() + " bytes");
      }
      sink.check(opening);
      reserve(elements * width);
      start = opening;
      payload = new byte[Math.toIntExact(elements * width)];
    }

    private void reserve(long bytes) {
      if (inFlight.addAndGet(bytes) > limits.inFlightBytes()) {
        inFlight.addAndGet(-bytes);
        throw new ServiceError.Overloaded("embeddings under way would exceed " + limits.inFlightBytes() + " bytes",
            Duration.ofMillis(200)).toException();
      }
      reserved.set(bytes);
    }

    private void take(ByteString chunk) {
      byte[] target = payload;
      if (target == null) {
        throw invalid("a chunk before start");
      }
      if (chunk.size() > target.length - received) {
        throw invalid("more than the declared " + target.length + " bytes");
      }
      chunk.copyTo(target, received);
      digest.update(target, received, chunk.size());
      received += chunk.size();
    }

    @Override
    public void onCompleted() {
      if (ended) {
        return;
      }
      try {
        boolean stored = sink.store(finished());
        ended = true;
        release();
        responses.onNext(PutResponse.newBuilder().setStored(stored).build());
        responses.onCompleted();
      } catch (RuntimeException e) {
        fail(e);
      }
    }

    private Embedding finished() {
      PutStart opening = start;
      byte[] bytes = payload;
      if (opening == null || bytes == null) {
        throw invalid("the call ended without start");
      }
      if (received != bytes.length) {
        throw invalid("the payload has " + received + " bytes, " + bytes.length + " were declared");
      }
      if (!MessageDigest.isEqual(digest.digest(), opening.getPayloadHash().toByteArray())) {
        throw new ServiceError.InvalidArgument("hash_mismatch", "the payload does not have the declared SHA-256")
            .toException();
      }
      return new Embedding(opening.getKey(), opening.getModel(), opening.getTokens(), opening.getHidden(),
          floats(bytes, opening.getElementType()));
    }

    private void fail(RuntimeException failure) {
      ended = true;
      release();
      responses.onError(ServiceError.from(failure).toStatus());
    }

    @Override
    public void onError(Throwable error) {
      ended = true;
      release();
    }

    private void release() {
      inFlight.addAndGet(-reserved.getAndSet(0));
    }
  }

  private static int width(ElementType type) {
    return switch (type) {
      case ELEMENT_TYPE_FLOAT32 -> 4;
      case ELEMENT_TYPE_FLOAT16 -> 2;
      case ELEMENT_TYPE_UNSPECIFIED, UNRECOGNIZED -> throw invalid("the element type is neither float32 nor float16");
    };
  }

  private static float[] floats(byte[] bytes, ElementType type) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.length / width(type)];
    if (type == ElementType.ELEMENT_TYPE_FLOAT32) {
      buffer.asFloatBuffer().get(values);
    } else {
      for (int i = 0; i < values.length; i++) {
        values[i] = Float.float16ToFloat(buffer.getShort());
      }
    }
    return values;
  }

  private static ServiceException invalid(String message) {
    return new ServiceError.InvalidArgument(message).toException();
  }
}
