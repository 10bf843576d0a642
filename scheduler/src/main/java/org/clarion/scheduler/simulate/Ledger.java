package org.clarion.scheduler.simulate;

import org.HdrHistogram.Histogram;

/** Counts a class's or a clinic's answers. Times are kept in microseconds with two digits. Not thread-safe. */
final class Ledger {
  private static final int DIGITS = 2;

  final Histogram firstToken = histogram();
  final Histogram interToken = histogram();
  long asked;
  long refused;
  long failed;
  long completed;
  long good;
  long promptTokens;
  long cachedTokens;
  long newTokens;

  static Histogram histogram() {
    return new Histogram(DIGITS);
  }

  static void record(Histogram histogram, long nanos) {
    histogram.recordValue(Math.max(0, nanos / 1000));
  }

  SimulationResult.Group group(String name) {
    return new SimulationResult.Group(name, asked, refused, failed, completed, good, promptTokens, cachedTokens,
        newTokens, spread(firstToken), spread(interToken));
  }

  static SimulationResult.Spread spread(Histogram h) {
    if (h.getTotalCount() == 0) {
      return new SimulationResult.Spread(0, 0, 0, 0, 0, 0);
    }
    return new SimulationResult.Spread(h.getTotalCount(), h.getMean() / 1e3, h.getValueAtPercentile(50) / 1e3,
        h.getValueAtPercentile(95) / 1e3, h.getValueAtPercentile(99) / 1e3, h.getMaxValue() / 1e3);
  }
}
