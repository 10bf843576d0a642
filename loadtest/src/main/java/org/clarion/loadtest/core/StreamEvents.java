package org.clarion.loadtest.core;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.clarion.loadtest.core.StreamEvent.Done;
import org.clarion.loadtest.core.StreamEvent.Fault;
import org.clarion.loadtest.core.StreamEvent.Finish;
import org.clarion.loadtest.core.StreamEvent.Malformed;
import org.clarion.loadtest.core.StreamEvent.Nothing;
import org.clarion.loadtest.core.StreamEvent.Output;
import org.clarion.loadtest.core.StreamEvent.Usage;
import org.jspecify.annotations.Nullable;

/** Reads lines of an OpenAI-shaped event stream. Thread-safe. */
public final class StreamEvents {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private StreamEvents() {}

  /** The meaning of one line without its line end. */
  public static StreamEvent parse(String line) {
    if (!line.startsWith("data:")) {
      return new Nothing();
    }
    String data = line.substring("data:".length()).strip();
    if (data.equals("[DONE]")) {
      return new Done();
    }
    try {
      return event(MAPPER.readTree(data));
    } catch (JsonProcessingException e) {
      // The parser's message could quote the answer's text; the place is enough.
      return new Malformed("event is not JSON near column " + e.getLocation().getColumnNr());
    }
  }

  /** The code and message of an OpenAI-shaped error body, or null where the body is none. */
  public static @Nullable Fault error(String body) {
    try {
      JsonNode node = MAPPER.readTree(body);
      return node.has("error") ? error(node.get("error")) : null;
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  private static StreamEvent event(JsonNode event) {
    if (event.hasNonNull("error")) {
      return error(event.get("error"));
    }
    JsonNode choice = event.path("choices").path(0);
    if (choice.isMissingNode()) {
      JsonNode usage = event.path("usage");
      return usage.isObject()
          ? new Usage(usage.path("prompt_tokens").asLong(), usage.path("prompt_tokens_details").path(
              "cached_tokens").asLong(), usage.path("completion_tokens").asLong())
          : new Nothing();
    }
    JsonNode text = choice.has("delta") ? choice.get("delta").path("content") : choice.path("text");
    int characters = text.isTextual() ? text.textValue().length() : 0;
    if (choice.hasNonNull("finish_reason")) {
      return new Finish(characters);
    }
    return characters > 0 ? new Output(characters) : new Nothing();
  }

  private static Fault error(JsonNode error) {
    JsonNode code = error.path("code");
    return new Fault(code.isNull() || code.isMissingNode() ? error.path("type").asText("unknown") : code.asText(),
        error.path("message").asText(""));
  }
}
