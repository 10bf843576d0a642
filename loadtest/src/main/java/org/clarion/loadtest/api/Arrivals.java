package org.clarion.loadtest.api;

import java.time.Duration;

/** When requests are sent. */
public sealed interface Arrivals {

  /**
   * A fixed number of clients, each sending its next request when its last one ended. Overload shows as longer answers,
   * not as a queue.
   *
   * @param concurrency
   *          clients at the same time
   * @param requests
   *          requests in all
   */
  record Closed(int concurrency, int requests) implements Arrivals {
    public Closed {
      require(concurrency >= 1 && concurrency <= 10_000, "concurrency", concurrency, "1 to 10000");
      require(requests >= 1 && requests <= 10_000_000, "requests", requests, "1 to 10000000");
    }
  }

  /**
   * Poisson arrivals whose times do not depend on the answers. A request that finds {@code maxConcurrency} others on
   * the way waits, and that wait is reported as client queue time: leaving it out would hide overload.
   *
   * @param perSecond
   *          mean arrivals a second
   * @param duration
   *          how long requests arrive; those under way then still finish
   * @param maxConcurrency
   *          requests on the way at the same time
   */
  record Open(double perSecond, Duration duration, int maxConcurrency) implements Arrivals {
    public Open {
      require(perSecond > 0 && perSecond <= 100_000, "rate", perSecond, "above 0, at most 100000 a second");
      require(!duration.isNegative() && !duration.isZero() && duration.compareTo(Duration.ofHours(24)) <= 0, "duration",
          duration, "above 0, at most 24 hours");
      require(maxConcurrency >= 1 && maxConcurrency <= 10_000, "max concurrency", maxConcurrency, "1 to 10000");
    }
  }

  private static void require(boolean holds, String what, Object value, String limit) {
    if (!holds) {
      throw new IllegalArgumentException(what + " is " + value + ", allowed is " + limit);
    }
  }
}
