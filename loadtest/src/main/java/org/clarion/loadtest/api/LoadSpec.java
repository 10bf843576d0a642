package org.clarion.loadtest.api;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One load test.
 *
 * @param base
 *          address of the server, without {@code /v1}
 * @param api
 *          which of the two endpoints
 * @param model
 *          name to ask for
 * @param key
 *          bearer token, or null; never printed
 * @param arrivals
 *          closed or open loop
 * @param prompt
 *          what is sent
 * @param newTokens
 *          tokens to ask for
 * @param ignoreEos
 *          ask the server to go on after an end token, so that answers have equal lengths (an extension that Clarion,
 *          vLLM and llama.cpp understand)
 * @param seed
 *          of arrival times and prompts: the same seed sends the same requests
 * @param timeout
 *          bound of one request from sending to the last event
 * @param goal
 *          what a request must meet to count as good
 */
public record LoadSpec(URI base, Api api, String model, @Nullable String key, Arrivals arrivals, Prompt prompt,
    int newTokens, boolean ignoreEos, long seed, Duration timeout, Goal goal) {

  /** The two streaming endpoints. */
  public enum Api {
    CHAT("/v1/chat/completions"), COMPLETIONS("/v1/completions");

    private final String path;

    Api(String path) {
      this.path = path;
    }

    /** Path below the base address. */
    public String path() {
      return path;
    }
  }

  /**
   * What each request says. Prompts differ from request to request, so that a prefix cache cannot answer them.
   *
   * @param length
   *          words of a text prompt; tokens where {@code tokenIds} is given
   * @param tokenIds
   *          range to draw token ids from (completions only), or null for words
   * @param text
   *          fixed text in place of words, or null
   * @param image
   *          data URL of a picture to send along (chat only), or null
   */
  public record Prompt(int length, @Nullable IdRange tokenIds, @Nullable String text, @Nullable String image) {
    public Prompt {
      if (length < 1 || length > 1_000_000) {
        throw new IllegalArgumentException("prompt length is " + length + ", allowed is 1 to 1000000");
      }
    }
  }

  /** Token ids, both ends included. */
  public record IdRange(int low, int high) {
    public IdRange {
      if (low < 0 || high < low) {
        throw new IllegalArgumentException("token id range " + low + "-" + high + " is empty or negative");
      }
    }
  }

  /** Bounds that a good request meets; null where there is none. */
  public record Goal(@Nullable Duration firstToken, @Nullable Duration perToken, @Nullable Duration whole) {
    /** No bound: every completed request is good. */
    public static final Goal NONE = new Goal(null, null, null);
  }

  public LoadSpec {
    String scheme = base.getScheme();
    if (scheme == null || base.getHost() == null || !(scheme.equals("http") || scheme.equals("https"))) {
      throw new IllegalArgumentException("server address " + base + " is not http://HOST:PORT or https://HOST:PORT");
    }
    if (newTokens < 1 || newTokens > 1_000_000) {
      throw new IllegalArgumentException("new tokens is " + newTokens + ", allowed is 1 to 1000000");
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout is " + timeout + ", it must be above zero");
    }
    if (api == Api.COMPLETIONS && prompt.image() != null) {
      throw new IllegalArgumentException("a picture can only be sent to the chat endpoint");
    }
    if (api == Api.CHAT && prompt.tokenIds() != null) {
      throw new IllegalArgumentException("token ids can only be sent to the completions endpoint");
    }
  }

  @Override
  public String toString() {
    return "LoadSpec[" + base + api.path() + ", model=" + model + ", " + arrivals + ", seed=" + seed + "]";
  }
}
