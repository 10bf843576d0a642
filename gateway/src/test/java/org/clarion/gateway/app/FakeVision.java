package org.clarion.gateway.app;

import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.clarion.proto.v1.Delivered;
import org.clarion.proto.v1.EncodeRequest;
import org.clarion.proto.v1.EncodeResponse;
import org.clarion.proto.v1.EncodeStart;
import org.clarion.proto.v1.PixelsReceived;
import org.clarion.proto.v1.VisionServiceGrpc.VisionServiceImplBase;
import org.clarion.rpc.ServiceError;

/** A vision worker that checks what it gets and says that it was delivered. */
final class FakeVision extends VisionServiceImplBase {
  final BlockingQueue<EncodeStart> encoded = new LinkedBlockingQueue<>();
  final AtomicInteger calls = new AtomicInteger();
  volatile boolean failing;
  /** Takes everything, answers nothing, and says of itself that it makes no progress. */
  volatile boolean hanging;

  @Override
  public StreamObserver<EncodeRequest> encode(StreamObserver<EncodeResponse> responses) {
    calls.incrementAndGet();
    return new StreamObserver<>() {
      private final ByteArrayOutputStream pixels = new ByteArrayOutputStream();
      private EncodeStart start = EncodeStart.getDefaultInstance();

      @Override
      public void onNext(EncodeRequest request) {
        switch (request.getPartCase()) {
          case START -> start = request.getStart();
          case PIXELS -> pixels.writeBytes(request.getPixels().toByteArray());
          case PART_NOT_SET -> throw new IllegalStateException("an empty message");
        }
      }

      @Override
      public void onError(Throwable failure) {
        // Nothing is held.
      }

      @Override
      public void onCompleted() {
        if (hanging) {
          return;
        }
        if (failing) {
          responses.onError(new ServiceError.Unavailable("this worker is broken").toStatus());
          return;
        }
        if (!Arrays.equals(sha256(pixels.toByteArray()), start.getImageHash().toByteArray())) {
          responses.onError(new ServiceError.InvalidArgument("hash_mismatch", "wrong hash").toStatus());
          return;
        }
        responses.onNext(EncodeResponse.newBuilder().setImageHash(start.getImageHash())
            .setReceived(PixelsReceived.getDefaultInstance()).build());
        encoded.add(start);
        for (String destination : start.getDestinationsList()) {
          responses.onNext(EncodeResponse.newBuilder().setImageHash(start.getImageHash())
              .setDelivered(Delivered.newBuilder().setDestination(destination)).build());
        }
        responses.onCompleted();
      }
    };
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
