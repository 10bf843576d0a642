package org.clarion.loadtest.core;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.clarion.loadtest.api.LoadReport;
import org.clarion.loadtest.api.LoadReport.Spread;
import org.clarion.loadtest.api.LoadSpec.Goal;
import org.clarion.loadtest.api.Outcome;
import org.jspecify.annotations.Nullable;

/** Adds outcomes up, in memory that does not grow with their number. Not thread-safe: one owner. */
public final class Tally {
  private static final int KINDS = 64;

  private final Goal goal;
  private final Histogram firstToken = histogram();
  private final Histogram interToken = histogram();
  private final Histogram perToken = histogram();
  private final Histogram whole = histogram();
  private final Histogram clientQueue = histogram();
  private final Histogram wholeWithQueue = histogram();
  private final Map<String, Long> errors = new HashMap<>();
  private final Map<String, String> examples = new HashMap<>();
  private long requests;
  private long completed;
  private long good;
  private long promptTokens;
  private long cachedTokens;
  private long newTokens;

  public Tally(Goal goal) {
    this.goal = goal;
  }

  /** Counts one request. */
  public void add(Outcome outcome) {
    requests++;
    switch (outcome) {
      case Outcome.Completed done -> add(done);
      case Outcome.Failed failed -> {
        record(clientQueue, failed.queued());
        String kind = errors.size() < KINDS || errors.containsKey(failed.kind()) ? failed.kind() : "other";
        errors.merge(kind, 1L, Long::sum);
        examples.putIfAbsent(kind, failed.detail());
      }
    }
  }

  /** Requests counted so far. */
  public long requests() {
    return requests;
  }

  /** Failures counted so far. */
  public long failed() {
    return requests - completed;
  }

  /** Generated tokens counted so far. */
  public long newTokens() {
    return newTokens;
  }

  /** The report of a run that took this long. */
  public LoadReport report(double seconds) {
    return new LoadReport(seconds, requests, completed, good, spread(firstToken), spread(interToken), spread(perToken),
        spread(whole), spread(clientQueue), spread(wholeWithQueue), promptTokens, cachedTokens, newTokens, errors,
        examples);
  }

  private void add(Outcome.Completed done) {
    completed++;
    promptTokens += done.promptTokens();
    cachedTokens += done.cachedTokens();
    newTokens += done.newTokens();
    record(clientQueue, done.queued());
    record(firstToken, done.firstToken());
    record(whole, done.whole());
    record(wholeWithQueue, done.queued() + done.whole());
    if (done.newTokens() > 1) {
      record(perToken, done.perToken());
    }
    for (long gap : done.gaps()) {
      record(interToken, gap);
    }
    if (within(done.firstToken(), goal.firstToken()) && within(done.perToken(), goal.perToken()) && within(done.whole(),
        goal.whole())) {
      good++;
    }
  }

  private static boolean within(long nanos, @Nullable Duration bound) {
    return bound == null || nanos <= bound.toNanos();
  }

  private static Histogram histogram() {
    // Microseconds, three digits; grows by itself up to the longest wait seen.
    return new Histogram(3);
  }

  private static void record(Histogram histogram, long nanos) {
    histogram.recordValue(Math.max(0, nanos / 1000));
  }

  private static Spread spread(Histogram h) {
    if (h.getTotalCount() == 0) {
      return new Spread(0, 0, 0, 0, 0, 0);
    }
    return new Spread(h.getTotalCount(), h.getMean() / 1e3, h.getValueAtPercentile(50) / 1e3, h.getValueAtPercentile(90)
        / 1e3, h.getValueAtPercentile(99) / 1e3, h.getMaxValue() / 1e3);
  }
}
