package org.clarion.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.api.ServedModel;
import org.clarion.gateway.api.ValidRequest;
import org.clarion.gateway.api.ValidRequest.Delivery;
import org.clarion.gateway.api.ValidRequest.Input;
import org.clarion.gateway.api.ValidRequest.Stops;
import org.clarion.gateway.api.ValidRequest.Urgency;
import org.clarion.models.grammar.OutputFormat;
import org.clarion.proto.v1.Priority;

/**
 * From a body to a {@link ValidRequest}: the fields that both kinds of completion share. Fields that nobody knows are
 * ignored; known ones that would change the answer and are not supported are refused rather than ignored. Thread-safe.
 */
final class RequestParser {
  private static final Pattern SESSION_ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final int MAX_STOPS = 16;
  private static final int MAX_STOP_LENGTH = 256;
  private static final int MAX_TIMEOUT_SECONDS = 1800;

  private final Map<String, ServedModel> models;
  private final int maxImages;
  private final FormatParser formats = new FormatParser();

  RequestParser(Map<String, ServedModel> models, int maxImages) {
    this.models = models;
    this.maxImages = maxImages;
  }

  /** Parses {@code /v1/chat/completions}. */
  ValidRequest chat(byte[] body) {
    JsonFields fields = JsonFields.parse(body);
    ServedModel model = model(fields);
    Optional<String> session = session(fields);
    Input input = new MessagesParser(model, maxImages).parse(fields, session.isPresent());
    refuseUnsupported(fields);
    OptionalInt maxTokens = maxTokens(fields, "max_completion_tokens");
    return request(true, fields, model, input, maxTokens.isPresent() ? maxTokens : maxTokens(fields, "max_tokens"),
        session);
  }

  /** Parses {@code /v1/completions}. */
  ValidRequest completion(byte[] body) {
    JsonFields fields = JsonFields.parse(body);
    ServedModel model = model(fields);
    Input input = prompt(fields, model);
    refuseUnsupported(fields);
    if (fields.flag("echo")) {
      throw unsupported("echo", "echo is not supported");
    }
    if (fields.integer("best_of", 1, 128).orElse(1) != 1) {
      throw unsupported("best_of", "best_of must be 1");
    }
    if (!fields.string("suffix").orElse("").isEmpty()) {
      throw unsupported("suffix", "suffix is not supported");
    }
    return request(false, fields, model, input, maxTokens(fields, "max_tokens"), Optional.empty());
  }

  private ValidRequest request(boolean chat, JsonFields fields, ServedModel model, Input input,
      OptionalInt maxTokens, Optional<String> session) {
    boolean ignoreEos = fields.flag("ignore_eos");
    List<String> stops = stops(fields);
    List<Integer> ends = SamplingParser.stopIds(fields, model, ignoreEos);
    Optional<OutputFormat> format = formats.parse(fields, model, ends);
    // The text that ends an answer by the model's own habit is an end of sequence too, except where a format says when
    // an answer ends.
    List<String> all = ignoreEos || format.isPresent()
        ? stops
        : Stream.concat(stops.stream(), model.manifest().stop().texts().stream()).distinct().toList();
    return new ValidRequest(chat, model, input, SamplingParser.parse(chat, fields, model, format), maxTokens,
        new Stops(all, ends), delivery(fields), session, urgency(fields));
  }

  private static Urgency urgency(JsonFields fields) {
    Priority priority = switch (fields.string("priority").orElse("routine")) {
      case "stat" -> Priority.PRIORITY_STAT;
      case "routine" -> Priority.PRIORITY_UNSPECIFIED;
      case "batch" -> Priority.PRIORITY_BATCH;
      case String other -> throw ApiError.invalid("invalid_value", "priority",
          "priority must be one of stat, routine and batch, not '" + shortened(other) + "'").exception();
    };
    OptionalDouble seconds = fields.number("timeout", 0.001, MAX_TIMEOUT_SECONDS);
    return new Urgency(priority, seconds.isPresent()
        ? Optional.of(Duration.ofMillis((long) Math.ceil(seconds.getAsDouble() * 1000)))
        : Optional.empty());
  }

  private ServedModel model(JsonFields fields) {
    String id = fields.string("model").orElseThrow(() -> missing("model"));
    ServedModel model = models.get(id);
    if (model == null) {
      throw ApiError.notFound("model_not_found", "model",
          "There is no model '" + shortened(id) + "'; known: " + String.join(", ", models.keySet())).exception();
    }
    return model;
  }

  private static Optional<String> session(JsonFields fields) {
    Optional<String> id = fields.string("session_id");
    if (id.isPresent() && !SESSION_ID.matcher(id.get()).matches()) {
      throw ApiError.notFound("session_not_found", "session_id", "There is no such session").exception();
    }
    return id;
  }

  private static void refuseUnsupported(JsonFields fields) {
    if (fields.integer("n", 1, 128).orElse(1) != 1) {
      throw unsupported("n", "n must be 1, not " + fields.raw("n").asLong());
    }
    for (String name : List.of("tools", "functions")) {
      if (!fields.raw(name).isEmpty()) {
        throw unsupported(name, name + " is not supported");
      }
    }
  }

  private static OptionalInt maxTokens(JsonFields fields, String name) {
    OptionalLong value = fields.integer(name, 1, Integer.MAX_VALUE);
    return value.isPresent() ? OptionalInt.of((int) value.getAsLong()) : OptionalInt.empty();
  }

  private static Delivery delivery(JsonFields fields) {
    boolean stream = fields.flag("stream");
    JsonNode options = fields.raw("stream_options");
    if (options.isMissingNode()) {
      return new Delivery(stream, false);
    }
    if (!options.isObject()) {
      throw JsonFields.wrongType("stream_options", "an object", options);
    }
    // Without a stream the options mean nothing: some clients always send them.
    return new Delivery(stream, new JsonFields(options, "stream_options").flag("include_usage") && stream);
  }

  private static List<String> stops(JsonFields fields) {
    JsonNode stop = fields.raw("stop");
    if (stop.isMissingNode()) {
      return List.of();
    }
    if (!stop.isTextual() && !stop.isArray()) {
      throw JsonFields.wrongType("stop", "a string or an array of strings", stop);
    }
    if (stop.size() > MAX_STOPS) {
      throw ApiError.invalid("invalid_value", "stop",
          "stop has " + stop.size() + " strings, the limit is " + MAX_STOPS).exception();
    }
    List<String> stops = new ArrayList<>();
    for (int i = 0; i < (stop.isArray() ? stop.size() : 1); i++) {
      JsonNode one = stop.isArray() ? stop.get(i) : stop;
      String where = stop.isArray() ? "stop[" + i + "]" : "stop";
      if (!one.isTextual()) {
        throw JsonFields.wrongType(where, "a string", one);
      }
      String text = one.textValue();
      if (text.isEmpty() || text.length() > MAX_STOP_LENGTH) {
        throw ApiError.invalid("invalid_value", where,
            where + " has " + text.length() + " characters, allowed are 1 to " + MAX_STOP_LENGTH).exception();
      }
      stops.add(text);
    }
    return stops;
  }

  private static Input prompt(JsonFields fields, ServedModel model) {
    JsonNode prompt = fields.raw("prompt");
    if (prompt.isMissingNode()) {
      throw missing("prompt");
    }
    String where = "prompt";
    // A list of one prompt is that prompt.
    if (prompt.isArray() && !prompt.isEmpty() && !prompt.get(0).isNumber()) {
      if (prompt.size() > 1) {
        throw unsupported("prompt", "prompt must be one prompt, not a list of " + prompt.size());
      }
      prompt = prompt.get(0);
      where = "prompt[0]";
    }
    if (prompt.isTextual()) {
      if (prompt.textValue().isEmpty()) {
        throw emptyPrompt("prompt");
      }
      return new Input.Text(prompt.textValue());
    }
    if (!prompt.isArray()) {
      throw JsonFields.wrongType(where, "a string or an array of token ids", prompt);
    }
    if (prompt.isEmpty()) {
      throw emptyPrompt("prompt");
    }
    int[] ids = new int[prompt.size()];
    int vocabulary = model.tokenizer().vocabularySize();
    for (int i = 0; i < ids.length; i++) {
      JsonNode id = prompt.get(i);
      String place = where + "[" + i + "]";
      if (!id.isIntegralNumber()) {
        throw JsonFields.wrongType(place, "a token id", id);
      }
      if (!id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= vocabulary) {
        throw ApiError.invalid("invalid_value", place,
            place + " must be a token id from 0 to " + (vocabulary - 1) + ", not " + shortened(id.asText()))
            .exception();
      }
      ids[i] = id.intValue();
    }
    return new Input.Tokens(ids);
  }

  static RuntimeException emptyPrompt(String param) {
    return ApiError.invalid("empty_prompt", param, "The prompt is empty").exception();
  }

  static RuntimeException missing(String param) {
    return ApiError.invalid("missing_field", param, param + " is missing").exception();
  }

  static RuntimeException unsupported(String param, String message) {
    return ApiError.invalid("unsupported", param, message).exception();
  }

  static String shortened(String text) {
    return text.length() > 64 ? text.substring(0, 64) + "..." : text;
  }
}
