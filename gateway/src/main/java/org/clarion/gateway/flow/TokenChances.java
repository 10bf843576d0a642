package org.clarion.gateway.flow;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.clarion.gateway.core.AnswerText;
import org.clarion.gateway.core.TokenLogprob;
import org.clarion.gateway.core.TokenLogprob.Chance;
import org.clarion.models.tokenizer.Tokenizer;
import org.clarion.proto.v1.TokenChance;
import org.clarion.proto.v1.TokenLogProbabilities;
import org.clarion.proto.v1.Tokens;

/**
 * The log probabilities of tokens whose text is not shown yet. They leave with their text, so that nothing of a stop
 * string is told. Not thread-safe.
 */
final class TokenChances {
  private record Waiting(int index, Chance token, List<Chance> top) {}

  private final Tokenizer tokenizer;
  private final int top;
  private final Queue<Waiting> waiting = new ArrayDeque<>();

  /**
   * None.
   *
   * @param top
   *          likeliest tokens told with each token
   */
  TokenChances(Tokenizer tokenizer, int top) {
    this.tokenizer = tokenizer;
    this.top = top;
  }

  /** Takes what came with the i-th id of a message, if anything did. */
  void add(Tokens message, int i) {
    if (i >= message.getLogProbabilitiesCount()) {
      return;
    }
    TokenLogProbabilities told = message.getLogProbabilities(i);
    List<Chance> likeliest = told.getLikeliestList().stream().limit(top)
        .map((TokenChance chance) -> chance(chance.getToken(), chance.getLogProbability())).toList();
    waiting.add(new Waiting(message.getFirstIndex() + i, chance(message.getIds(i), told.getLogProbability()),
        likeliest));
  }

  private Chance chance(int id, float logProbability) {
    return new Chance(tokenizer.bytesOf(id), logProbability);
  }

  /** Those of the answer's first {@code end} tokens that were not taken before. */
  List<TokenLogprob> take(int end, AnswerText answer) {
    if (waiting.isEmpty()) {
      return List.of();
    }
    List<TokenLogprob> taken = new ArrayList<>();
    for (Waiting next = waiting.peek(); next != null && next.index() < end; next = waiting.peek()) {
      waiting.remove();
      taken.add(new TokenLogprob(next.token(), answer.startOf(next.index()), next.top()));
    }
    return taken;
  }
}
