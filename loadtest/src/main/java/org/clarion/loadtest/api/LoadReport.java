package org.clarion.loadtest.api;

import java.util.Map;

/**
 * What a load test saw. All times in milliseconds.
 *
 * @param seconds
 *          from the first request to the last answer
 * @param requests
 *          requests sent
 * @param completed
 *          those with a whole answer
 * @param good
 *          those that also met the goal
 * @param firstToken
 *          time to first token (TTFT)
 * @param interToken
 *          gaps between streamed outputs, pooled over all requests (ITL)
 * @param perToken
 *          mean time of a token after the first, per request (TPOT)
 * @param whole
 *          sending to last output (E2E)
 * @param clientQueue
 *          wait before sending
 * @param wholeWithQueue
 *          arrival time to last output
 * @param promptTokens
 *          sum over completed requests
 * @param cachedTokens
 *          prompt tokens that came from a cache
 * @param newTokens
 *          sum over completed requests
 * @param errors
 *          failures by kind
 * @param errorExamples
 *          one message per kind
 */
public record LoadReport(double seconds, long requests, long completed, long good, Spread firstToken, Spread interToken,
    Spread perToken, Spread whole, Spread clientQueue, Spread wholeWithQueue, long promptTokens, long cachedTokens,
    long newTokens, Map<String, Long> errors, Map<String, String> errorExamples) {

  public LoadReport {
    errors = Map.copyOf(errors);
    errorExamples = Map.copyOf(errorExamples);
  }

  /** Percentiles in milliseconds; all 0 where {@code count} is 0. */
  public record Spread(long count, double mean, double p50, double p90, double p99, double max) {}

  /** Whole answers a second. */
  public double requestsPerSecond() {
    return rate(completed);
  }

  /** Whole answers a second that met the goal. */
  public double goodput() {
    return rate(good);
  }

  /** Generated tokens a second. */
  public double newTokensPerSecond() {
    return rate(newTokens);
  }

  /** Prompt and generated tokens a second. */
  public double tokensPerSecond() {
    return rate(newTokens + promptTokens);
  }

  /** Requests without a whole answer. */
  public long failed() {
    return requests - completed;
  }

  private double rate(long count) {
    return seconds > 0 ? count / seconds : 0;
  }
}
