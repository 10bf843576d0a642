package org.clarion.gateway.core;

/**
 * Tokens of one answer.
 *
 * @param prompt
 *          positions before the answer, images included
 * @param cached
 *          of these, not computed again
 * @param completion
 *          tokens of the answer
 */
public record Usage(int prompt, int cached, int completion) {
  /** OpenAI's {@code usage} object. */
  public String json() {
    return "{\"prompt_tokens\":" + prompt + ",\"completion_tokens\":" + completion + ",\"total_tokens\":"
        + (prompt + completion) + ",\"prompt_tokens_details\":{\"cached_tokens\":" + cached + "}}";
  }
}
