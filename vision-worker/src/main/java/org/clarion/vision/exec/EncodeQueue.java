package org.clarion.vision.exec;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.clarion.engine.script.EngineThread;
import org.clarion.models.image.PixelTensor;
import org.clarion.rpc.ProgressMonitor;
import org.clarion.rpc.ServiceError;
import org.clarion.vision.core.EmbeddingCache;
import org.clarion.vision.core.ImageKey;

/**
 * Encodes each image once: what is in the cache is answered from there, requests for an image under way share it, the
 * rest waits for the one engine thread in a bounded queue. An image that nobody waits for any more is skipped.
 * Thread-safe; never blocks but in {@link #start} and {@link #close}.
 */
public final class EncodeQueue implements AutoCloseable {
  /**
   * An embedding.
   *
   * @param values
   *          [tokens, hidden], not to be changed
   * @param cached
   *          whether another request's work was used
   * @param elapsedNanos
   *          of the encode itself; 0 from the cache
   */
  public record Encoded(float[] values, boolean cached, long elapsedNanos) {}

  private static final class Flight {
    private final CompletableFuture<Encoded> done = new CompletableFuture<>();
    private int waiters;
  }

  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
  private static final Duration SHORTEST_WAIT = Duration.ofMillis(100);

  private final EngineThread thread;
  private final int capacity;
  private final ImageEncoder encoder;
  private final EmbeddingCache cache;
  private final ProgressMonitor progress;
  private final VisionMetrics metrics;
  private final Map<ImageKey, Flight> flights = new HashMap<>();
  private long averageNanos;
  private boolean closed;

  private EncodeQueue(EngineThread thread, int capacity, ImageEncoder encoder, EmbeddingCache cache,
      ProgressMonitor progress,
      VisionMetrics metrics) {
    this.thread = thread;
    this.capacity = capacity;
    this.encoder = encoder;
    this.cache = cache;
    this.progress = progress;
    this.metrics = metrics;
  }

  /**
   * Loads the encoder on its thread and waits for it.
   *
   * @param capacity
   *          images that may wait while one is encoded
   * @throws RuntimeException
   *           what loading threw
   */
  public static EncodeQueue start(Supplier<? extends ImageEncoder> encoder, int capacity, EmbeddingCache cache,
      ProgressMonitor progress, VisionMetrics metrics) {
    EngineThread thread = EngineThread.start("vision-encoder", capacity + 1);
    // One place more than images may take, so that closing always finds one.
    try {
      return new EncodeQueue(thread, capacity, thread.submit(encoder::get).join(), cache, progress, metrics);
    } catch (CompletionException e) {
      thread.close();
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** Images that wait. */
  public int waiting() {
    return thread.waiting();
  }

  /**
   * The image's embedding. Cancelling the future leaves the encode to others who wait for it; without any it is
   * skipped. Completed on the engine's thread: chain work of any length with an executor.
   *
   * @throws org.clarion.rpc.ServiceException
   *           {@code overloaded} when the queue is full, {@code unavailable} after {@link #close}
   */
  public synchronized CompletableFuture<Encoded> encode(ImageKey key, PixelTensor image) {
    float[] kept = cache.find(key);
    if (kept != null) {
      metrics.hit();
      return CompletableFuture.completedFuture(new Encoded(kept, true, 0));
    }
    Flight known = flights.get(key);
    if (known != null) {
      metrics.joined();
      return join(key, known, true);
    }
    Flight flight = new Flight();
    CompletableFuture<Encoded> task = submit(() -> run(key, image));
    progress.begin();
    flights.put(key, flight);
    var _ = flight.done.whenComplete((_, _) -> {
      progress.end();
      // Cancelling a task that runs changes nothing; one that waits is skipped.
      task.cancel(false);
    });
    CompletableFuture<Encoded> ticket = join(key, flight, false);
    var _ = task.whenComplete((encoded, failure) -> land(key, flight, encoded, failure));
    return ticket;
  }

  private CompletableFuture<Encoded> submit(Callable<Encoded> task) {
    int waiting = thread.waiting();
    if (closed || waiting >= capacity) {
      metrics.refused();
      throw closed
          ? new ServiceError.Unavailable("the encoder stops").toException()
          : new ServiceError.Overloaded(waiting + " images wait, the most allowed", expectedWait(waiting))
              .toException();
    }
    return thread.submit(task);
  }

  private Duration expectedWait(int waiting) {
    Duration wait = Duration.ofNanos(averageNanos).multipliedBy(waiting);
    return wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : wait;
  }

  private CompletableFuture<Encoded> join(ImageKey key, Flight flight, boolean shared) {
    flight.waiters++;
    CompletableFuture<Encoded> ticket = flight.done
        .thenApply(encoded -> new Encoded(encoded.values(), shared, encoded.elapsedNanos()));
    var _ = ticket.whenComplete((_, _) -> {
      if (ticket.isCancelled()) {
        leave(key, flight);
      }
    });
    return ticket;
  }

  private void leave(ImageKey key, Flight flight) {
    boolean alone;
    synchronized (this) {
      alone = --flight.waiters == 0 && flights.remove(key, flight);
    }
    if (alone) {
      flight.done.cancel(false);
    }
  }

  private Encoded run(ImageKey key, PixelTensor image) {
    long start = System.nanoTime();
    float[] values = encoder.encode(image);
    long elapsed = System.nanoTime() - start;
    metrics.encoded(elapsed);
    synchronized (this) {
      averageNanos = averageNanos == 0 ? elapsed : (7 * averageNanos + elapsed) / 8;
      cache.put(key, values);
    }
    return new Encoded(values, false, elapsed);
  }

  private void land(ImageKey key, Flight flight, Encoded encoded, Throwable failure) {
    synchronized (this) {
      flights.remove(key, flight);
    }
    if (failure == null) {
      flight.done.complete(encoded);
    } else {
      flight.done.completeExceptionally(failure);
    }
  }

  /** Skips what waits, finishes what runs and frees the encoder; waits for the engine's thread. Idempotent. */
  @Override
  public void close() {
    List<Flight> left;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      left = List.copyOf(flights.values());
    }
    left.forEach(flight -> flight.done
        .completeExceptionally(new ServiceError.Unavailable("the encoder stops").toException()));
    var _ = thread.submit(() -> {
      encoder.close();
      return true;
    });
    thread.close();
  }
}
