package org.clarion.vision.exec;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.clarion.engine.script.EngineThread;
import org.clarion.models.image.PixelTensor;
import org.clarion.rpc.ProgressMonitor;
import org.clarion.rpc.ServiceError;
import org.clarion.rpc.Turns;
import org.clarion.vision.core.EmbeddingCache;
import org.clarion.vision.core.ImageKey;

/**
 * Encodes each image once: what is in the cache is answered from there, requests for an image under way share it, the
 * rest waits for the one engine thread. Images of different tenants are encoded in turn, whoever came first
 * ({@link Turns}, which says how long that can take and how many a tenant may have waiting). While many wait, an
 * encoder that gains by it gets several at once, half of what waits at most: the first of them waits for the others,
 * which pays only where as many again stand behind. An image that nobody waits for any more gives its place back at
 * once. Thread-safe; never blocks but in {@link #start} and {@link #close}.
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
   *          of the encode itself, with the images that were encoded together; 0 from the cache
   */
  public record Encoded(float[] values, boolean cached, long elapsedNanos) {}

  private static final class Flight {
    private final ImageKey key;
    private final PixelTensor image;
    private final CompletableFuture<Encoded> done = new CompletableFuture<>();
    private int waiters;

    Flight(ImageKey key, PixelTensor image) {
      this.key = key;
      this.image = image;
    }
  }

  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
  private static final Duration SHORTEST_WAIT = Duration.ofMillis(100);

  /** Tasks: one that encodes until nothing waits, another that begins as that one ends, and that of closing. */
  private static final int MAILBOX = 3;

  private final EngineThread thread;
  private final Turns<String, Flight> waiting;
  private final ImageEncoder encoder;
  private final EmbeddingCache cache;
  private final ProgressMonitor progress;
  private final VisionMetrics metrics;
  private final Map<ImageKey, Flight> flights = new HashMap<>();
  private boolean encoding;
  private long averageNanos;
  private boolean closed;

  private EncodeQueue(EngineThread thread, int capacity, ImageEncoder encoder, EmbeddingCache cache,
      ProgressMonitor progress,
      VisionMetrics metrics) {
    this.thread = thread;
    waiting = new Turns<>(capacity);
    this.encoder = encoder;
    this.cache = cache;
    this.progress = progress;
    this.metrics = metrics;
  }

  /**
   * Loads the encoder on its thread and waits for it.
   *
   * @param capacity
   *          images that may wait while one is encoded, at most half of them one tenant's
   * @throws RuntimeException
   *           what loading threw
   */
  public static EncodeQueue start(Supplier<? extends ImageEncoder> encoder, int capacity, EmbeddingCache cache,
      ProgressMonitor progress, VisionMetrics metrics) {
    EngineThread thread = EngineThread.start("vision-encoder", MAILBOX);
    try {
      return new EncodeQueue(thread, capacity, thread.submit(encoder::get).join(), cache, progress, metrics);
    } catch (CompletionException e) {
      thread.close();
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** Images that wait. */
  public synchronized int waiting() {
    return waiting.size();
  }

  /**
   * The image's embedding. Cancelling the future leaves the encode to others who wait for it; without any it is
   * skipped. Completed on the engine's thread: chain work of any length with an executor.
   *
   * @throws org.clarion.rpc.ServiceException
   *           {@code overloaded} when the tenant may have no more images waiting, {@code unavailable} after
   *           {@link #close}
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
      return join(known, true);
    }
    Flight flight = new Flight(key, image);
    enqueue(flight);
    progress.begin();
    flights.put(key, flight);
    var _ = flight.done.whenComplete((_, _) -> progress.end());
    CompletableFuture<Encoded> ticket = join(flight, false);
    if (!encoding) {
      encoding = true;
      var _ = thread.submit(this::encodeAll);
    }
    return ticket;
  }

  private void enqueue(Flight flight) {
    String tenant = flight.key.tenant();
    if (closed || !waiting.offer(tenant, flight)) {
      metrics.refused();
      throw closed
          ? new ServiceError.Unavailable("the encoder stops").toException()
          : new ServiceError.Overloaded("images that wait: " + waiting.refusal(tenant), expectedWait(waiting.size()))
              .toException();
    }
  }

  /** On the engine's thread: what waits, until nothing does. */
  private boolean encodeAll() {
    for (List<Flight> some = next(); !some.isEmpty(); some = next()) {
      land(some);
    }
    return true;
  }

  private synchronized List<Flight> next() {
    List<Flight> next = new ArrayList<>();
    for (int places = Math.clamp(waiting.size() / 2, 1, encoder.together()); places > 0 && !closed; places--) {
      waiting.next().ifPresent(next::add);
    }
    encoding = !next.isEmpty();
    return next;
  }

  private Duration expectedWait(int images) {
    Duration wait = Duration.ofNanos(averageNanos).multipliedBy(images);
    return wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : wait;
  }

  private CompletableFuture<Encoded> join(Flight flight, boolean shared) {
    flight.waiters++;
    CompletableFuture<Encoded> ticket = flight.done
        .thenApply(encoded -> new Encoded(encoded.values(), shared, encoded.elapsedNanos()));
    var _ = ticket.whenComplete((_, _) -> {
      if (ticket.isCancelled()) {
        leave(flight);
      }
    });
    return ticket;
  }

  private void leave(Flight flight) {
    boolean alone;
    synchronized (this) {
      alone = --flight.waiters == 0 && flights.remove(flight.key, flight);
      if (alone) {
        // One that is encoded already goes on, and its embedding is kept.
        waiting.remove(flight.key.tenant(), flight);
      }
    }
    if (alone) {
      flight.done.cancel(false);
    }
  }

  private void land(List<Flight> flights) {
    try {
      List<Encoded> encoded = encode(flights);
      forget(flights);
      for (int i = 0; i < flights.size(); i++) {
        flights.get(i).done.complete(encoded.get(i));
      }
    } catch (Throwable e) {
      forget(flights);
      flights.forEach(flight -> flight.done.completeExceptionally(e));
    }
  }

  private synchronized void forget(List<Flight> landed) {
    landed.forEach(flight -> flights.remove(flight.key, flight));
  }

  private List<Encoded> encode(List<Flight> flights) {
    long start = System.nanoTime();
    List<float[]> values = encoder.encode(flights.stream().map(flight -> flight.image).toList());
    long elapsed = System.nanoTime() - start;
    metrics.encoded(flights.size(), elapsed);
    synchronized (this) {
      long each = elapsed / flights.size();
      averageNanos = averageNanos == 0 ? each : (7 * averageNanos + each) / 8;
      for (int i = 0; i < flights.size(); i++) {
        cache.put(flights.get(i).key, values.get(i));
      }
    }
    return values.stream().map(embedding -> new Encoded(embedding, false, elapsed)).toList();
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
