package org.clarion.scheduler.core;

import java.util.Arrays;
import java.util.List;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * An answer that somebody wants.
 *
 * @param session
 *          whose parked keys and values the answer leaves behind; of the tenant that is charged
 * @param prompt
 *          everything known, the session's earlier turns included; owned by the request
 * @param maxTokens
 *          at least 1; cut to what the context has room for
 * @param stopTokens
 *          a sampled one ends the answer and is not part of it
 * @param stopSequences
 *          an answer that comes to end with one ends before it; none is empty
 * @param committed
 *          the answer's first tokens, when an earlier owner of the replica committed them; fewer than maxTokens
 * @param beams
 *          how to look for the likeliest answer; null takes one token after the other
 * @param terms
 *          how soon it is needed, and how long it is wanted
 */
public record GenerationRequest(SessionKey session, Positions prompt, Sampling sampling, int maxTokens,
    int[] stopTokens, List<int[]> stopSequences, int[] committed, @Nullable BeamSettings beams, Terms terms) {
  /** Routine, without stop sequences and beam search. */
  public GenerationRequest(SessionKey session, Positions prompt, Sampling sampling, int maxTokens, int[] stopTokens,
      int[] committed) {
    this(session, prompt, sampling, maxTokens, stopTokens, List.of(), committed, null, Terms.ROUTINE);
  }

  public GenerationRequest {
    if (prompt.length() == 0) {
      throw new IllegalArgumentException("the prompt is empty");
    }
    if (maxTokens < 1) {
      throw new IllegalArgumentException("max_tokens " + maxTokens + " is less than 1");
    }
    if (committed.length >= maxTokens) {
      throw new IllegalArgumentException(committed.length + " committed tokens leave none of " + maxTokens);
    }
    if (stopSequences.stream().anyMatch(sequence -> sequence.length == 0)) {
      throw new IllegalArgumentException("a stop sequence is empty");
    }
    if (beams != null && committed.length > 0) {
      throw new IllegalArgumentException(
          "a beam search commits its answer as a whole, but " + committed.length + " tokens are committed");
    }
    if (beams != null && sampling.format() != null) {
      throw new IllegalArgumentException("a beam search cannot keep to a format");
    }
    stopTokens = stopTokens.clone();
    stopSequences = List.copyOf(stopSequences);
    committed = committed.clone();
  }

  public TenantId tenant() {
    return session.tenant();
  }

  /** The same under other terms. */
  public GenerationRequest under(Terms other) {
    return new GenerationRequest(session, prompt, sampling, maxTokens, stopTokens, stopSequences, committed, beams,
        other);
  }

  boolean stopsAt(int token) {
    for (int stop : stopTokens) {
      if (stop == token) {
        return true;
      }
    }
    return false;
  }

  /** Length of the longest stop sequence that the first {@code length} tokens of an answer end with, or 0. */
  int stopSequenceAt(int[] answer, int length) {
    int longest = 0;
    for (int[] stop : stopSequences) {
      int from = length - stop.length;
      if (from >= 0 && stop.length > longest && Arrays.equals(stop, 0, stop.length, answer, from, length)) {
        longest = stop.length;
      }
    }
    return longest;
  }

  /** Tokens of the longest stop sequence. */
  int longestStopSequence() {
    int longest = 0;
    for (int[] sequence : stopSequences) {
      longest = Math.max(longest, sequence.length);
    }
    return longest;
  }

  /** Without the token ids, which are a patient's words. */
  @Override
  public String toString() {
    return "GenerationRequest[" + session + ", " + prompt + " +" + committed.length + ", max " + maxTokens
        + "]";
  }
}
