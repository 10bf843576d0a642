package org.clarion.gateway.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.clarion.gateway.rpc.VisionClient.Delivery;
import org.clarion.proto.v1.EncodeRequest;
import org.clarion.proto.v1.EncodeResponse;
import org.clarion.proto.v1.EncodeStart;
import org.clarion.proto.v1.VisionServiceGrpc;
import org.clarion.rpc.Deadlines;
import org.clarion.rpc.RpcChannels;
import org.clarion.rpc.ServiceError;

/**
 * One vision worker as this gateway sees it: behind a bulkhead, so that a slow worker does not draw all requests into
 * its queue, and a circuit breaker, so that a broken one is not asked by everybody. A call ends as soon as the worker's
 * health says that it is dead, and not at its deadline. Thread-safe.
 */
final class VisionPeer {
  private static final int CHUNK_BYTES = 64 << 10;

  private final String endpoint;
  private final RpcChannels channels;
  private final PeerHealth health;
  private final CircuitBreaker breaker;
  private final Bulkhead bulkhead;

  VisionPeer(String endpoint, RpcChannels channels, PeerHealth health, CircuitBreaker breaker, Bulkhead bulkhead) {
    this.endpoint = endpoint;
    this.channels = channels;
    this.health = health;
    this.breaker = breaker;
    this.bulkhead = bulkhead;
  }

  /**
   * Returns when every destination has acknowledged.
   *
   * @throws org.clarion.rpc.ServiceException
   *           why it could not be done
   * @throws InterruptedException
   *           when interrupted; the call is cancelled
   */
  void encode(Delivery delivery) throws InterruptedException {
    if (!bulkhead.tryAcquirePermission()) {
      throw new ServiceError.Overloaded("a vision worker has " + bulkhead.getBulkheadConfig().getMaxConcurrentCalls()
          + " images of this gateway already", VisionClient.RETRY_AFTER).toException();
    }
    try {
      if (!breaker.tryAcquirePermission()) {
        throw new ServiceError.Unavailable("a vision worker failed too often and rests").toException();
      }
      guarded(delivery);
    } finally {
      bulkhead.onComplete();
    }
  }

  private void guarded(Delivery delivery) throws InterruptedException {
    long start = System.nanoTime();
    Call call = new Call(delivery);
    try {
      call.run();
      breaker.onSuccess(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    } catch (StatusException e) {
      ServiceError error = call.died.get()
          ? new ServiceError.Unavailable("a vision worker does not answer any more")
          : ServiceError.from(e);
      if (call.died.get() || (!call.encoded && workersFault(error))) {
        breaker.onError(System.nanoTime() - start, TimeUnit.NANOSECONDS, e);
      } else {
        // What is wrong with the image, or with where its embedding goes, says nothing of the worker.
        breaker.releasePermission();
      }
      throw error.toException();
    } catch (InterruptedException e) {
      breaker.releasePermission();
      throw e;
    }
  }

  private static boolean workersFault(ServiceError error) {
    return error instanceof ServiceError.Unavailable || error instanceof ServiceError.DeadlineExceeded
        || error instanceof ServiceError.Internal;
  }

  /** One call of {@code Encode}. */
  private final class Call {
    private final Delivery delivery;
    private final BlockingClientCall<EncodeRequest, EncodeResponse> call;
    private final AtomicBoolean died = new AtomicBoolean();
    private boolean encoded;

    Call(Delivery delivery) {
      this.delivery = delivery;
      this.call = VisionServiceGrpc.newBlockingV2Stub(channels.to(endpoint))
          .withDeadlineAfter(Deadlines.ENCODE.toMillis(), TimeUnit.MILLISECONDS).encode();
    }

    void run() throws InterruptedException, StatusException {
      try (PeerHealth.Watch _ = health.watch(endpoint, this::dead)) {
        send();
        Set<String> waiting = new HashSet<>(delivery.destinations());
        while (!waiting.isEmpty()) {
          EncodeResponse response = call.read();
          if (response == null) {
            throw new ServiceError.Unavailable("the vision worker ended the call before " + waiting.size()
                + " of its " + delivery.destinations().size() + " deliveries").toStatus();
          }
          encoded |= response.hasEncoded();
          if (response.hasDelivered()) {
            waiting.remove(response.getDelivered().getDestination());
          }
        }
      } finally {
        // Harmless after its end; releases the call otherwise.
        call.cancel("the gateway needs no more answers", null);
      }
    }

    private void dead() {
      died.set(true);
      call.cancel("the worker does not answer any more", null);
    }

    private void send() throws InterruptedException, StatusException {
      EncodeStart start = EncodeStart.newBuilder().setTenant(delivery.tenant()).setModel(delivery.model())
          .setImageHash(delivery.hash()).setSize(delivery.pixels().size()).addAllDestinations(delivery.destinations())
          .build();
      boolean open = call.write(EncodeRequest.newBuilder().setStart(start).build());
      byte[] bytes = delivery.pixels().bytes();
      for (int at = 0; open && at < bytes.length; at += CHUNK_BYTES) {
        ByteString chunk = UnsafeByteOperations.unsafeWrap(bytes, at, Math.min(CHUNK_BYTES, bytes.length - at));
        open = call.write(EncodeRequest.newBuilder().setPixels(chunk).build());
      }
      call.halfClose();
    }
  }
}
