package org.clarion.vision.rpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.clarion.proto.v1.EncodeRequest;
import org.clarion.proto.v1.EncodeResponse;
import org.clarion.proto.v1.VisionServiceGrpc.VisionServiceImplBase;
import org.clarion.rpc.Places;
import org.clarion.rpc.ServiceError;
import org.clarion.vision.exec.EncodeQueue;
import org.clarion.vision.exec.VisionMetrics;

/**
 * {@code VisionService.Encode}. Handlers never block: each image, once its pixels are complete, gets a virtual thread
 * that waits for the encoder and delivers. Thread-safe.
 */
public final class EncodeService extends VisionServiceImplBase implements AutoCloseable {
  private final EncodeQueue queue;
  private final Delivery delivery;
  private final EncodeLimits limits;
  private final VisionMetrics metrics;
  private final Places<String> places;
  private final ExecutorService images = Executors.newThreadPerTaskExecutor(
      Thread.ofVirtual().name("vision-image-", 0).factory());

  public EncodeService(EncodeQueue queue, Delivery delivery, EncodeLimits limits, VisionMetrics metrics) {
    this.queue = queue;
    this.delivery = delivery;
    this.limits = limits;
    this.metrics = metrics;
    this.places = new Places<>(limits.imagesInProgress());
  }

  /** Images in progress. */
  public int inProgress() {
    synchronized (places) {
      return places.taken();
    }
  }

  @Override
  public StreamObserver<EncodeRequest> encode(StreamObserver<EncodeResponse> responses) {
    var stream = (ServerCallStreamObserver<EncodeResponse>) responses;
    EncodeCall call = new EncodeCall(this, stream);
    stream.setOnReadyHandler(call::flush);
    stream.setOnCancelHandler(call::cancelled);
    return call;
  }

  EncodeQueue queue() {
    return queue;
  }

  Delivery delivery() {
    return delivery;
  }

  EncodeLimits limits() {
    return limits;
  }

  ExecutorService images() {
    return images;
  }

  /** Takes a place for one image of the tenant. */
  void enter(String tenant) {
    String refusal;
    synchronized (places) {
      if (places.take(tenant)) {
        return;
      }
      refusal = places.refusal(tenant);
    }
    metrics.refused();
    throw new ServiceError.Overloaded("images in progress: " + refusal, Duration.ofSeconds(1)).toException();
  }

  /** Gives a place of the tenant's back. */
  void leave(String tenant) {
    synchronized (places) {
      places.free(tenant);
    }
  }

  /** Gives up the images in progress; their calls end with {@code cancelled}. */
  @Override
  public void close() {
    images.shutdownNow();
  }
}
