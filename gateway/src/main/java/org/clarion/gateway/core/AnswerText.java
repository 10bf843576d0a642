package org.clarion.gateway.core;

import java.util.Arrays;
import org.clarion.models.tokenizer.Tokenizer;

/**
 * One answer on its way from tokens to visible text: whole characters only, cut before the first stop string. Not
 * thread-safe; grows by one number per token.
 */
public final class AnswerText {
  private final Tokenizer.StreamDecoder decoder;
  private final StopMatcher stops;
  // ends[i]: characters of the text once token i is visible. A token that completes no character shares the end of the
  // next one that does.
  private long[] ends = new long[64];
  private int tokens;
  private int resolved;
  private int shown;
  private long length;

  /** An answer decoded by {@code decoder} and cut by {@code stops}, both fresh. */
  public AnswerText(Tokenizer.StreamDecoder decoder, StopMatcher stops) {
    this.decoder = decoder;
    this.stops = stops;
  }

  /** Takes the next token; returns what may be shown now. */
  public String next(int id) {
    if (stops.ended()) {
      return "";
    }
    if (tokens == ends.length) {
      ends = Arrays.copyOf(ends, 2 * tokens);
    }
    tokens++;
    return take(decoder.next(id));
  }

  /** The answer is over: returns what was held back, incomplete characters as U+FFFD. */
  public String flush() {
    return stops.ended() ? "" : take(decoder.flush()) + stops.flush();
  }

  /** Whether a stop string was found. */
  public boolean stopped() {
    return stops.ended();
  }

  /** Tokens taken. */
  public int tokens() {
    return tokens;
  }

  /** Tokens that are wholly shown, the incomplete characters' at its end not; grows with what {@link #next} returns. */
  public int shownTokens() {
    while (shown < resolved && ends[shown] <= stops.shown()) {
      shown++;
    }
    return shown;
  }

  /** Characters of the text before a token that is shown. */
  public long startOf(int token) {
    return token == 0 ? 0 : ends[token - 1];
  }

  /** Tokens that lie wholly before the stop string; all of them without one. */
  public int keptTokens() {
    if (!stops.ended()) {
      return tokens;
    }
    int kept = 0;
    while (kept < resolved && ends[kept] <= stops.shown()) {
      kept++;
    }
    return kept;
  }

  private String take(String piece) {
    if (piece.isEmpty()) {
      return "";
    }
    length += piece.length();
    Arrays.fill(ends, resolved, tokens, length);
    resolved = tokens;
    return stops.next(piece);
  }
}
