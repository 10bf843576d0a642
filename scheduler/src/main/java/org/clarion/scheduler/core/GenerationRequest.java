package org.clarion.scheduler.core;

import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.TenantId;

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
 * @param committed
 *          the answer's first tokens, when an earlier owner of the replica committed them; fewer than maxTokens
 */
public record GenerationRequest(SessionKey session, Positions prompt, Sampling sampling, int maxTokens,
    int[] stopTokens, int[] committed) {
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
    stopTokens = stopTokens.clone();
    committed = committed.clone();
  }

  public TenantId tenant() {
    return session.tenant();
  }

  boolean stopsAt(int token) {
    for (int stop : stopTokens) {
      if (stop == token) {
        return true;
      }
    }
    return false;
  }

  /** Without the token ids, which are a patient's words. */
  @Override
  public String toString() {
    return "GenerationRequest[" + session + ", " + prompt + " +" + committed.length + ", max " + maxTokens
        + "]";
  }
}
