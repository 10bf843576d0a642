package org.clarion.gateway.flow;

import java.util.List;
import org.clarion.gateway.core.AnswerText;
import org.clarion.gateway.core.StopMatcher;
import org.clarion.gateway.core.Usage;
import org.clarion.models.tokenizer.Tokenizer;
import org.clarion.proto.v1.FinishReason;
import org.clarion.proto.v1.Finished;
import org.clarion.proto.v1.Tokens;

/**
 * Tells an answer: tokens in, text out through the {@link Reply}. What was told for the first n tokens depends on them
 * alone, so that a reader who has that may be told the rest by somebody else. Not thread-safe.
 */
final class Teller {
  private final Reply reply;
  private final AnswerText answer;
  private final TokenChances chances;
  private final int told;
  private int received;

  /**
   * Nothing told yet.
   *
   * @param stops
   *          strings that end the answer
   * @param logprobs
   *          likeliest tokens told with each token, when its probability is
   * @param told
   *          tokens whose text the reader has already
   */
  Teller(Reply reply, Tokenizer tokenizer, List<String> stops, int logprobs, int told) {
    this.reply = reply;
    this.answer = new AnswerText(tokenizer.streamDecoder(), new StopMatcher(stops));
    this.chances = new TokenChances(tokenizer, logprobs);
    this.told = told;
  }

  /** Tokens taken. */
  int received() {
    return received;
  }

  /** Whether a stop string was found. */
  boolean stopped() {
    return answer.stopped();
  }

  /** Tokens that lie wholly before the stop string. */
  int keptTokens() {
    return answer.keptTokens();
  }

  /** Takes what is new in a message; false when the reader is so slow that no more should come. */
  boolean take(Tokens tokens) {
    StringBuilder text = new StringBuilder();
    for (int i = Math.max(0, received - tokens.getFirstIndex()); i < tokens.getIdsCount(); i++) {
      String piece = answer.next(tokens.getIds(i));
      chances.add(tokens, i);
      received++;
      if (received > told) {
        text.append(piece);
      } else if (received == told) {
        // Told already, as the text was.
        var _ = chances.take(answer.shownTokens(), answer);
      }
    }
    return received <= told || reply.text(text.toString(), chances.take(answer.shownTokens(), answer), received);
  }

  /** The end; returns its reason in the client's words. */
  String finish(Finished finished) {
    String rest = answer.flush();
    boolean length = finished.getReason() == FinishReason.FINISH_REASON_LENGTH && !answer.stopped();
    String reason = length ? "length" : "stop";
    reply.finish(rest, chances.take(answer.keptTokens(), answer), reason,
        new Usage(finished.getPromptTokens(), finished.getCachedTokens(), finished.getCompletionTokens()));
    return reason;
  }
}
