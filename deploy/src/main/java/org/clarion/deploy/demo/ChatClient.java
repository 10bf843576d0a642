package org.clarion.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The smallest client of the chat API: what a user of the page does. Thread-safe; calls block. */
public final class ChatClient implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final URI endpoint;
  private final @Nullable String key;
  private final boolean logprobs;
  private final HttpClient http;

  /**
   * A client.
   *
   * @param base
   *          address of a gateway
   */
  public ChatClient(URI base) {
    this(base, null, false);
  }

  /**
   * A client.
   *
   * @param base
   *          address of a gateway
   * @param key
   *          of a clinic, or null where none is needed
   * @param logprobs
   *          whether answers are to come with their confidence
   */
  public ChatClient(URI base, @Nullable String key, boolean logprobs) {
    this.key = key;
    this.logprobs = logprobs;
    this.endpoint = base.resolve("/v1/chat/completions");
    this.http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(10))
        .build();
  }

  /**
   * One question.
   *
   * @param model
   *          model to ask
   * @param image
   *          JPEG, PNG or DICOM to send along, or null
   * @param text
   *          the question
   * @param session
   *          conversation that it continues, or null for a new one
   * @param maxTokens
   *          bound of the answer
   */
  public record Question(String model, byte @Nullable [] image, String text, @Nullable String session, int maxTokens) {}

  /**
   * What came back.
   *
   * @param session
   *          name of the conversation, for a follow-up
   * @param text
   *          the whole answer
   * @param firstToken
   *          from sending to the first text
   * @param whole
   *          from sending to the end
   * @param confidence
   *          geometric mean of the probabilities of its tokens, where they were asked for and told
   * @param ended
   *          whether the answer ended by itself, and not at the bound of tokens
   */
  public record Answer(@Nullable String session, String text, long promptTokens, long cachedTokens, long newTokens,
      Duration firstToken, Duration whole, OptionalDouble confidence, boolean ended) {}

  /** The server's refusal, or an error inside the stream. */
  public static final class ChatException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String code;

    ChatException(int status, String code, String message) {
      super(message);
      this.status = status;
      this.code = code;
    }

    /** HTTP status; 200 for an error inside the stream. */
    public int status() {
      return status;
    }

    /** The server's stable code. */
    public String code() {
      return code;
    }
  }

  /**
   * Asks, and hands over the answer's text as it comes, on this thread.
   *
   * @throws ChatException
   *           when the server refuses or fails
   */
  public Answer ask(Question question, Duration patience, Consumer<String> text) throws IOException,
      InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(endpoint).timeout(patience).header("Content-Type",
        "application/json").POST(HttpRequest.BodyPublishers.ofString(body(question).toString()));
    if (key != null) {
      request.header("Authorization", "Bearer " + key);
    }
    long sent = System.nanoTime();
    HttpResponse<InputStream> response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      if (response.statusCode() != 200) {
        throw failure(response.statusCode(), MAPPER.readTree(body.readAllBytes()).path("error"));
      }
      Reading reading = new Reading(sent, response.headers().firstValue("x-clarion-session").orElse(null));
      BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null && !reading.done; line = lines.readLine()) {
        if (line.startsWith("data:")) {
          reading.event(line.substring("data:".length()).strip(), text);
        }
      }
      if (!reading.done) {
        throw new ChatException(200, "stream_ended", "the stream ended before the answer did");
      }
      return reading.answer();
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }

  private ObjectNode body(Question question) {
    ObjectNode body = MAPPER.createObjectNode();
    body.put("model", question.model()).put("max_tokens", question.maxTokens()).put("temperature", 0).put("stream",
        true);
    body.putObject("stream_options").put("include_usage", true);
    if (logprobs) {
      body.put("logprobs", true);
    }
    if (question.session() != null) {
      body.put("session_id", question.session());
    }
    ArrayNode parts = body.putArray("messages").addObject().put("role", "user").putArray("content");
    byte[] image = question.image();
    if (image != null) {
      parts.addObject().put("type", "image_url").putObject("image_url").put("url", PictureUrl.of(image));
    }
    parts.addObject().put("type", "text").put("text", question.text());
    return body;
  }

  private static ChatException failure(int status, JsonNode error) {
    return new ChatException(status, error.path("code").asText("unknown"), error.path("message").asText("status "
        + status));
  }

  /** The state of one stream. */
  private static final class Reading {
    private final long sent;
    private final StringBuilder text = new StringBuilder();
    private @Nullable String session;
    private JsonNode usage = MAPPER.missingNode();
    private long first;
    private long last;
    private double logarithms;
    private int chances;
    private String finish = "";
    private boolean done;

    Reading(long sent, @Nullable String session) {
      this.sent = sent;
      this.session = session;
    }

    void event(String data, Consumer<String> reader) throws IOException {
      if (data.equals("[DONE]")) {
        done = true;
        return;
      }
      JsonNode event = MAPPER.readTree(data);
      if (event.hasNonNull("error")) {
        throw failure(200, event.get("error"));
      }
      if (event.hasNonNull("session_id")) {
        session = event.get("session_id").asText();
      }
      if (event.path("usage").isObject()) {
        usage = event.get("usage");
      }
      JsonNode choice = event.path("choices").path(0);
      choice.path("logprobs").path("content").forEach(token -> {
        logarithms += token.path("logprob").asDouble();
        chances++;
      });
      finish = choice.path("finish_reason").asText(finish);
      String added = choice.path("delta").path("content").asText("");
      if (!added.isEmpty()) {
        last = System.nanoTime();
        first = first == 0 ? last : first;
        text.append(added);
        reader.accept(added);
      }
    }

    Answer answer() {
      return new Answer(session, text.toString(), usage.path("prompt_tokens").asLong(), usage.path(
          "prompt_tokens_details").path("cached_tokens").asLong(), usage.path("completion_tokens").asLong(), Duration
              .ofNanos(Math.max(0, first - sent)),
          Duration.ofNanos(Math.max(0, last - sent)), chances == 0
              ? OptionalDouble.empty()
              : OptionalDouble.of(Math.exp(logarithms / chances)),
          finish.equals("stop"));
    }
  }
}
