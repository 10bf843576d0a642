package org.clarion.vision.rpc;

import com.google.protobuf.ByteString;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import org.clarion.models.image.PixelTensor;
import org.clarion.proto.v1.Delivered;
import org.clarion.proto.v1.EncodeRequest;
import org.clarion.proto.v1.EncodeResponse;
import org.clarion.proto.v1.EncodeStart;
import org.clarion.proto.v1.Encoded;
import org.clarion.proto.v1.PixelsReceived;
import org.clarion.rpc.Embedding;
import org.clarion.rpc.EmbeddingSender;
import org.clarion.rpc.OutboundQueue;
import org.clarion.rpc.ServiceError;
import org.clarion.vision.core.ImageKey;
import org.clarion.vision.exec.EncodeQueue;
import org.jspecify.annotations.Nullable;

/**
 * One call of {@code Encode}. The transport calls the observer's methods one at a time; images report from their own
 * threads. The first failure ends the call and gives its other images up.
 */
final class EncodeCall implements StreamObserver<EncodeRequest> {
  private final EncodeService service;
  private final EncodeLimits limits;
  private final OutboundQueue<EncodeResponse> out;
  /** By number within the call. */
  private final Map<Integer, Image> running = new HashMap<>();
  /** Written under the lock; an old value read without it is noticed when the image is complete. */
  private volatile @Nullable PixelIntake intake;
  private int images;
  private boolean allSent;
  private boolean over;

  EncodeCall(EncodeService service, ServerCallStreamObserver<EncodeResponse> stream) {
    this.service = service;
    this.limits = service.limits();
    this.out = new OutboundQueue<>(stream, limits.receipts());
  }

  void flush() {
    out.flush();
  }

  void cancelled() {
    end();
  }

  @Override
  public void onNext(EncodeRequest request) {
    if (isOver()) {
      return;
    }
    try {
      switch (request.getPartCase()) {
        case START -> begin(request.getStart());
        case PIXELS -> take(request.getPixels());
        case PART_NOT_SET -> throw new ServiceError.InvalidArgument(
            "a message of Encode has neither start nor pixels").toException();
      }
    } catch (RuntimeException e) {
      fail(ServiceError.from(e));
    }
  }

  private void begin(EncodeStart start) {
    if (intake != null) {
      throw intake.incomplete();
    }
    if (++images > limits.imagesPerCall()) {
      throw new ServiceError.InvalidArgument("a call has at most " + limits.imagesPerCall() + " images").toException();
    }
    PixelIntake next = new PixelIntake(start, limits);
    service.enter(start.getTenant());
    boolean taken;
    synchronized (this) {
      taken = !over;
      if (taken) {
        intake = next;
      }
    }
    if (!taken) {
      service.leave(start.getTenant());
    }
  }

  private void take(ByteString pixels) {
    PixelIntake current = intake;
    if (current == null) {
      throw new ServiceError.InvalidArgument("pixels before a start").toException();
    }
    if (current.take(pixels)) {
      PixelTensor image = current.finished();
      receipt(current.start(), EncodeResponse.newBuilder().setReceived(PixelsReceived.getDefaultInstance()));
      launch(current.start(), image);
    }
  }

  private void launch(EncodeStart start, PixelTensor image) {
    Image work = new Image(images, start, image);
    synchronized (this) {
      if (over) {
        return;
      }
      // The place goes over from the intake to the image.
      intake = null;
      running.put(work.number, work);
    }
    try {
      service.images().execute(work);
    } catch (RejectedExecutionException e) {
      fail(new ServiceError.Unavailable("the encoder stops"));
    }
  }

  @Override
  public void onCompleted() {
    if (intake != null) {
      fail(ServiceError.from(intake.incomplete()));
      return;
    }
    boolean done;
    synchronized (this) {
      allSent = true;
      done = running.isEmpty() && !over;
    }
    if (done) {
      out.complete();
    }
  }

  @Override
  public void onError(Throwable error) {
    end();
  }

  private void receipt(EncodeStart start, EncodeResponse.Builder receipt) {
    // The queue has room for every receipt that a call can come to.
    out.offer(receipt.setImageHash(start.getImageHash()).build());
  }

  private void fail(ServiceError error) {
    if (end()) {
      out.fail(error.toStatus());
    }
  }

  private synchronized boolean isOver() {
    return over;
  }

  /** Gives everything up; false when that was done before. */
  private boolean end() {
    List<Image> left;
    synchronized (this) {
      if (over) {
        return false;
      }
      over = true;
      left = List.copyOf(running.values());
      PixelIntake current = intake;
      if (current != null) {
        intake = null;
        service.leave(current.start().getTenant());
      }
    }
    left.forEach(image -> image.cancel(true));
    return true;
  }

  private void finished(Image image) {
    service.leave(image.tenant);
    boolean done;
    synchronized (this) {
      running.remove(image.number);
      done = allSent && running.isEmpty() && !over;
    }
    if (done) {
      out.complete();
    }
  }

  /** An image from its complete pixels to its last acknowledgement. Its place is given back however it ends. */
  private final class Image extends FutureTask<Void> {
    private final int number;
    private final String tenant;

    private Image(int number, EncodeStart start, PixelTensor image) {
      super(() -> {
        process(start, image);
        return null;
      });
      this.number = number;
      tenant = start.getTenant();
    }

    @Override
    protected void done() {
      try {
        get();
      } catch (InterruptedException | ExecutionException | CancellationException e) {
        // A cancelled image belongs to a call that has ended: nothing more is said then.
        fail(ServiceError.from(e));
      }
      finished(this);
    }
  }

  private void process(EncodeStart start, PixelTensor image) throws InterruptedException {
    ImageKey key = new ImageKey(start.getTenant(), HexFormat.of().formatHex(start.getImageHash().toByteArray()));
    EncodeQueue.Encoded encoded = await(service.queue().encode(key, image));
    receipt(start, EncodeResponse.newBuilder().setEncoded(Encoded.newBuilder()
        .setTokens(limits.tokens())
        .setHidden(limits.hidden())
        .setCached(encoded.cached())
        .setElapsedNanos(encoded.elapsedNanos())));
    Embedding embedding = new Embedding(Embedding.key(start.getTenant(), start.getImageHash().toByteArray()),
        limits.model(), limits.tokens(), limits.hidden(), encoded.values());
    service.delivery().deliver(new EmbeddingSender(embedding), start.getDestinationsList(),
        destination -> receipt(start,
            EncodeResponse.newBuilder().setDelivered(Delivered.newBuilder().setDestination(destination))));
  }

  private static EncodeQueue.Encoded await(CompletableFuture<EncodeQueue.Encoded> ticket) throws InterruptedException {
    try {
      return ticket.get();
    } catch (ExecutionException e) {
      throw ServiceError.from(e).toException();
    } catch (InterruptedException e) {
      ticket.cancel(true);
      throw e;
    }
  }
}
