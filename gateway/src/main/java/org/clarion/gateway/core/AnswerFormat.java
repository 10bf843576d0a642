package org.clarion.gateway.core;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The JSON of one answer, streamed or whole, chat or completion. What is the same in every chunk is built once; a chunk
 * costs one array. Immutable and thread-safe.
 */
public final class AnswerFormat {
  private static final byte[] ID = ascii("id: ");
  private static final byte[] DATA = ascii("\ndata: ");

  private final boolean chat;
  private final boolean includeUsage;
  private final String head;
  private final String wholeHead;
  private final byte[] deltaHead;
  private final byte[] deltaTail;

  /**
   * Constant fields of an answer.
   *
   * @param chat
   *          chat completion, else text completion
   * @param id
   *          {@code chatcmpl-...} or {@code cmpl-...}
   * @param created
   *          seconds since 1970
   * @param model
   *          model's id
   * @param sessionId
   *          what a follow-up question names
   * @param seed
   *          with which the answer can be had again
   * @param includeUsage
   *          whether the stream ends with a chunk of usage
   */
  public record Identity(boolean chat, String id, long created, String model, String sessionId, long seed,
      boolean includeUsage) {}

  public AnswerFormat(Identity identity) {
    this.chat = identity.chat();
    this.includeUsage = identity.includeUsage();
    String fields = ",\"created\":" + identity.created() + ",\"model\":" + JsonText.quoted(identity.model())
        + ",\"session_id\":" + JsonText.quoted(identity.sessionId()) + ",\"seed\":" + identity.seed();
    String id = "{\"id\":" + JsonText.quoted(identity.id()) + ",\"object\":";
    this.head = id + (chat ? "\"chat.completion.chunk\"" : "\"text_completion\"") + fields + ",\"choices\":[";
    this.wholeHead = id + (chat ? "\"chat.completion\"" : "\"text_completion\"") + fields + ",\"choices\":[";
    this.deltaHead = ascii(head + (chat ? "{\"index\":0,\"delta\":{\"content\":\"" : "{\"index\":0,\"text\":\""));
    this.deltaTail = ascii((chat ? "\"}" : "\"") + ",\"logprobs\":null,\"finish_reason\":null}]" + noUsage() + "}\n\n");
  }

  /** The chunk that opens a chat answer. */
  public byte[] role(long event) {
    return event(event, head + "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,"
        + "\"finish_reason\":null}]" + noUsage() + "}");
  }

  /** A chunk of text. */
  public byte[] delta(long event, String text) {
    byte[] number = ascii(Long.toString(event));
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int escaped = JsonText.escapedLength(utf8);
    byte[] out = new byte[ID.length + number.length + DATA.length + deltaHead.length + escaped + deltaTail.length];
    int at = put(ID, out, 0);
    at = put(number, out, at);
    at = put(DATA, out, at);
    at = put(deltaHead, out, at);
    at = JsonText.escape(utf8, out, at);
    put(deltaTail, out, at);
    return out;
  }

  /** A chunk of text with what its tokens' probabilities were. */
  public byte[] delta(long event, String text, List<TokenLogprob> logprobs) {
    if (logprobs.isEmpty()) {
      return delta(event, text);
    }
    String quoted = JsonText.quoted(text);
    return event(event,
        head + "{\"index\":0," + (chat ? "\"delta\":{\"content\":" + quoted + "}" : "\"text\":" + quoted)
            + ",\"logprobs\":" + logprobs(logprobs) + ",\"finish_reason\":null}]" + noUsage() + "}");
  }

  /** The chunk that tells why the answer ended, with the text that was held back until then. */
  public byte[] finish(long event, String rest, List<TokenLogprob> logprobs, String reason) {
    String quoted = JsonText.quoted(rest);
    return event(event, head + "{\"index\":0,"
        + (chat ? rest.isEmpty() ? "\"delta\":{}" : "\"delta\":{\"content\":" + quoted + "}" : "\"text\":" + quoted)
        + ",\"logprobs\":" + (logprobs.isEmpty() ? "null" : logprobs(logprobs)) + ",\"finish_reason\":\"" + reason
        + "\"}]" + noUsage() + "}");
  }

  /** The chunk of usage, or null when none was asked for. */
  public byte @Nullable [] usage(long event, Usage usage) {
    return includeUsage ? event(event, head + "],\"usage\":" + usage.json() + "}") : null;
  }

  /**
   * The whole answer as one object.
   *
   * @param logprobs
   *          of its tokens; null when nobody asked
   */
  public byte[] whole(String text, @Nullable List<TokenLogprob> logprobs, String reason, Usage usage) {
    String content = JsonText.quoted(text);
    return (wholeHead + "{\"index\":0,"
        + (chat ? "\"message\":{\"role\":\"assistant\",\"content\":" + content + "}" : "\"text\":" + content)
        + ",\"logprobs\":" + (logprobs == null ? "null" : logprobs(logprobs)) + ",\"finish_reason\":\"" + reason
        + "\"}],\"usage\":" + usage.json() + "}").getBytes(StandardCharsets.UTF_8);
  }

  private String logprobs(List<TokenLogprob> logprobs) {
    return chat ? LogprobsJson.chat(logprobs) : LogprobsJson.completion(logprobs);
  }

  /** Any JSON object as an event. */
  public static byte[] event(long event, String json) {
    return ("id: " + event + "\ndata: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
  }

  /** What asks the reader to go on elsewhere, in so many milliseconds. */
  public static byte[] retry(long millis) {
    return ascii(": this gateway is stopping: go on at another one from the last id\nretry: " + millis + "\n\n");
  }

  /** The event that ends every stream. */
  public static byte[] done() {
    return ascii("data: [DONE]\n\n");
  }

  private String noUsage() {
    return includeUsage ? ",\"usage\":null" : "";
  }

  private static int put(byte[] part, byte[] out, int at) {
    System.arraycopy(part, 0, out, at, part.length);
    return at + part.length;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
