package org.clarion.gateway.flow;

import java.util.List;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.core.TokenLogprob;
import org.clarion.gateway.core.Usage;

/**
 * Where an answer goes. Calls come one at a time, in the order {@code open}, {@code text} any number of times, then one
 * of {@code finish}, {@code part} and {@code fail}; {@code part} and {@code fail} may also come first. None of them
 * blocks.
 */
public interface Reply {
  /** The request was accepted: from here on errors travel inside the stream. */
  void open();

  /**
   * More text; may be empty.
   *
   * @param logprobs
   *          of the tokens whose text it completes, when asked for
   * @param tokens
   *          of the answer that were told with this and before
   * @return false when the reader is so slow that no more should come before the drained action runs
   */
  boolean text(String piece, List<TokenLogprob> logprobs, int tokens);

  /** The end of the answer. */
  void finish(String rest, List<TokenLogprob> logprobs, String reason, Usage usage);

  /** The end here: the reader is to go on at another gateway. */
  void part();

  /** The end without an answer. */
  void fail(ApiError error);

  /** Sets what runs, on any thread, when the reader has caught up after {@code text} returned false. */
  void onDrained(Runnable action);
}
