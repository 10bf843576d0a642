package org.clarion.gateway.flow;

import com.google.protobuf.ByteString;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.clarion.gateway.rpc.VisionClient;
import org.clarion.gateway.rpc.VisionClient.Delivery;
import org.clarion.models.image.PixelTensor;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.Placed;
import org.clarion.rpc.ServiceError;
import org.jspecify.annotations.Nullable;

/**
 * One generation's images on their way to the ranks. Pixels are kept until their embedding has arrived everywhere, so
 * that a generation that is placed again gets what is missing there. Thread-safe.
 */
final class Deliveries {
  private final GenerateStart start;
  private final VisionClient vision;
  private final ExecutorService threads;
  private final Consumer<ServiceError> failed;
  private final Map<ByteString, PixelTensor> pixels;
  private final Map<ByteString, Future<?>> running = new HashMap<>();
  private @Nullable Placed last;
  private boolean closed;
  private int round;

  /**
   * None under way.
   *
   * @param failed
   *          told, on any thread, when an image cannot be delivered
   */
  Deliveries(GenerateStart start, Map<ByteString, PixelTensor> pixels, VisionClient vision, ExecutorService threads,
      Consumer<ServiceError> failed) {
    this.start = start;
    this.pixels = new HashMap<>(pixels);
    this.vision = vision;
    this.threads = threads;
    this.failed = failed;
  }

  /** Brings what is missing at a placement; what was on its way to an earlier one is given up. */
  synchronized @Nullable ServiceError bring(Placed placed) {
    if (placed.equals(last)) {
      // The same placement told again, to a call that took the place of a broken one.
      return null;
    }
    last = placed;
    int mine = ++round;
    running.values().forEach(delivery -> delivery.cancel(true));
    running.clear();
    // What is not missing is stored where every later owner finds it.
    pixels.keySet().retainAll(placed.getMissingImagesList());
    for (ByteString hash : placed.getMissingImagesList()) {
      PixelTensor tensor = pixels.get(hash);
      if (tensor == null) {
        return new ServiceError.FailedPrecondition("image_lost",
            "an image of this session is no longer kept: send it again in a new session");
      }
      if (!closed) {
        Delivery delivery = new Delivery(start.getTenant(), start.getModel(), hash, tensor,
            placed.getEmbeddingDestinationsList());
        running.put(hash, threads.submit(() -> deliver(delivery, mine)));
      }
    }
    return null;
  }

  private void deliver(Delivery delivery, int mine) {
    try {
      vision.deliver(delivery);
      arrived(delivery.hash(), mine);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      if (current(mine)) {
        failed.accept(ServiceError.from(e));
      }
    }
  }

  private synchronized void arrived(ByteString hash, int mine) {
    if (mine == round) {
      pixels.remove(hash);
    }
  }

  private synchronized boolean current(int mine) {
    return mine == round && !closed;
  }

  /** Gives up what is under way. */
  synchronized void close() {
    closed = true;
    pixels.clear();
    running.values().forEach(delivery -> delivery.cancel(true));
    running.clear();
  }
}
