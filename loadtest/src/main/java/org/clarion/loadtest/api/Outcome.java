package org.clarion.loadtest.api;

/** How one request ended. Times are nanoseconds of one monotonic clock. */
public sealed interface Outcome {

  /**
   * An answer that arrived whole.
   *
   * @param queued
   *          from its arrival time to being sent
   * @param firstToken
   *          from being sent to the first streamed output
   * @param whole
   *          from being sent to the last streamed output
   * @param gaps
   *          between streamed outputs that follow each other
   * @param promptTokens
   *          as the server counted, 0 where it did not say
   * @param cachedTokens
   *          prompt tokens that the server did not compute again
   * @param newTokens
   *          as the server counted, else the number of streamed outputs
   */
  record Completed(long queued, long firstToken, long whole, long[] gaps, long promptTokens, long cachedTokens,
      long newTokens) implements Outcome {

    /** Mean time of a token after the first, or 0 for an answer of one token. */
    public long perToken() {
      return newTokens > 1 ? (whole - firstToken) / (newTokens - 1) : 0;
    }
  }

  /**
   * No whole answer.
   *
   * @param queued
   *          from its arrival time to being sent
   * @param kind
   *          short and stable: {@code connect}, {@code timeout}, {@code http-429}, {@code stream-error},
   *          {@code truncated}, {@code empty}, {@code io}
   * @param detail
   *          for a person, without prompt or answer text
   */
  record Failed(long queued, String kind, String detail) implements Outcome {}
}
