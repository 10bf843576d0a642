package org.clarion.vision.rpc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.clarion.rpc.EmbeddingSender;
import org.clarion.rpc.RpcChannels;
import org.clarion.rpc.ServiceError;
import org.clarion.vision.exec.VisionMetrics;

/**
 * Brings an embedding to its destinations: all but the last at once, then the last, so that whoever hears from the last
 * may rely on the others. A destination that is unavailable is tried again a few times. Thread-safe.
 */
public final class Delivery {
  private static final int TRIES = 4;

  private final RpcChannels channels;
  private final VisionMetrics metrics;
  private final Duration deadline;
  private final Duration firstPause;

  /**
   * A delivery service.
   *
   * @param deadline
   *          of one try
   * @param firstPause
   *          before the second try; doubles with every further one
   */
  public Delivery(RpcChannels channels, VisionMetrics metrics, Duration deadline, Duration firstPause) {
    this.channels = channels;
    this.metrics = metrics;
    this.deadline = deadline;
    this.firstPause = firstPause;
  }

  /**
   * Delivers; blocks a virtual thread until the last acknowledgement.
   *
   * @param delivered
   *          told of each destination, by several threads
   * @throws org.clarion.rpc.ServiceException
   *           why a destination did not take it; the others' transfers are given up then
   */
  public void deliver(EmbeddingSender sender, List<String> destinations, Consumer<String> delivered)
      throws InterruptedException {
    int last = destinations.size() - 1;
    if (last > 0) {
      together(sender, destinations.subList(0, last), delivered);
    }
    if (last >= 0) {
      deliverTo(destinations.get(last), sender, delivered);
    }
  }

  private void together(EmbeddingSender sender, List<String> destinations, Consumer<String> delivered)
      throws InterruptedException {
    try (ExecutorService all = Executors.newThreadPerTaskExecutor(
        Thread.ofVirtual().name("vision-delivery-", 0).factory())) {
      List<Future<?>> transfers = new ArrayList<>();
      for (String destination : destinations) {
        transfers.add(all.submit(() -> {
          deliverTo(destination, sender, delivered);
          return null;
        }));
      }
      try {
        for (Future<?> transfer : transfers) {
          transfer.get();
        }
      } catch (ExecutionException e) {
        all.shutdownNow();
        throw ServiceError.from(e).toException();
      } catch (InterruptedException e) {
        all.shutdownNow();
        throw e;
      }
    }
  }

  private void deliverTo(String destination, EmbeddingSender sender, Consumer<String> delivered)
      throws InterruptedException {
    Duration pause = firstPause;
    for (int attempt = 1;; attempt++) {
      CompletableFuture<Boolean> put = sender.put(channels.to(destination), deadline);
      try {
        put.get();
        metrics.delivered();
        delivered.accept(destination);
        return;
      } catch (InterruptedException e) {
        put.cancel(true);
        throw e;
      } catch (ExecutionException e) {
        ServiceError error = ServiceError.from(e);
        if (!(error instanceof ServiceError.Unavailable) || attempt == TRIES) {
          throw error.toException();
        }
        metrics.retried();
        Thread.sleep(pause);
        pause = pause.multipliedBy(2);
      }
    }
  }
}
