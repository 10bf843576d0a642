package org.clarion.loadtest.app;

import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.clarion.loadtest.api.Arrivals;
import org.clarion.loadtest.api.LoadReport;
import org.clarion.loadtest.api.LoadSpec;
import org.clarion.loadtest.api.Outcome;
import org.clarion.loadtest.core.PoissonArrivals;
import org.clarion.loadtest.core.Tally;

/** Runs a load test. One virtual thread per request on the way; the number of those is bounded by the specification. */
public final class LoadGenerator {
  private final LoadSpec spec;
  private final Progress progress;
  private final ReentrantLock lock = new ReentrantLock();
  private final Tally tally;
  private final Recording recording;
  private long start;

  /** Told after each request, on the request's thread, one call at a time: keep it short. */
  @FunctionalInterface
  public interface Progress {
    /** Totals so far. */
    void at(long requests, long failed, long newTokens);
  }

  /** Told of each request, one call at a time, on the request's thread. */
  @FunctionalInterface
  public interface Recording {
    /** Keeps nothing. */
    Recording NONE = (sent, outcome) -> {
    };

    /** A request that was sent so many nanoseconds after the start. */
    void add(long sent, Outcome outcome);
  }

  public LoadGenerator(LoadSpec spec, Progress progress) {
    this(spec, progress, Recording.NONE);
  }

  public LoadGenerator(LoadSpec spec, Progress progress, Recording recording) {
    this.recording = recording;
    this.spec = spec;
    this.progress = progress;
    this.tally = new Tally(spec.goal());
  }

  /**
   * Sends everything, waits for the last answer, and reports. Call once. Interrupting it cuts the open requests off.
   */
  public LoadReport run() throws InterruptedException {
    start = System.nanoTime();
    try (StreamingClient client = new StreamingClient(spec)) {
      ExecutorService requests = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("load-", 0).factory());
      try {
        switch (spec.arrivals()) {
          case Arrivals.Closed closed -> closed(client, requests, closed);
          case Arrivals.Open open -> open(client, requests, open, start);
        }
        requests.shutdown();
        requests.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
      } finally {
        requests.shutdownNow();
      }
    }
    return tally.report((System.nanoTime() - start) / 1e9);
  }

  private void closed(StreamingClient client, ExecutorService requests, Arrivals.Closed closed) {
    AtomicLong next = new AtomicLong();
    for (int i = 0; i < Math.min(closed.concurrency(), closed.requests()); i++) {
      requests.execute(() -> {
        for (long index = next.getAndIncrement(); index < closed.requests(); index = next.getAndIncrement()) {
          if (!call(client, index, 0)) {
            return;
          }
        }
      });
    }
  }

  private void open(StreamingClient client, ExecutorService requests, Arrivals.Open open, long start)
      throws InterruptedException {
    PoissonArrivals arrivals = new PoissonArrivals(new SplittableRandom(spec.seed()), open.perSecond());
    Semaphore places = new Semaphore(open.maxConcurrency());
    long index = 0;
    for (long at = arrivals.next(); at < open.duration().toNanos(); at = arrivals.next()) {
      long arrival = start + at;
      TimeUnit.NANOSECONDS.sleep(arrival - System.nanoTime());
      places.acquire();
      long number = index++;
      requests.execute(() -> {
        try {
          call(client, number, Math.max(0, System.nanoTime() - arrival));
        } finally {
          places.release();
        }
      });
    }
  }

  private boolean call(StreamingClient client, long index, long queued) {
    try {
      long sent = System.nanoTime() - start;
      add(sent, client.call(index, queued));
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void add(long sent, Outcome outcome) {
    lock.lock();
    try {
      recording.add(sent, outcome);
      tally.add(outcome);
      progress.at(tally.requests(), tally.failed(), tally.newTokens());
    } finally {
      lock.unlock();
    }
  }
}
