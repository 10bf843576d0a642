package org.clarion.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.api.ServedModel;
import org.clarion.models.grammar.FormatException;
import org.clarion.models.grammar.FormatLimits;
import org.clarion.models.grammar.Grammar;
import org.clarion.models.grammar.OutputFormat;

/**
 * The fields that say what an answer has to look like: OpenAI's {@code response_format}, and {@code format} for report
 * sections and patterns. A format is compiled for the model's vocabulary before the request is taken, so that whatever
 * cannot be enforced is refused here. Thread-safe.
 */
final class FormatParser {
  /** Formats that were compiled and found good; only what they are is kept. */
  private static final int MAX_KNOWN = 256;
  /** Other servers' names for the same: ignoring them would leave the answer free. */
  private static final List<String> OTHER_NAMES = List.of("guided_json", "guided_regex", "guided_choice",
      "guided_grammar", "structured_outputs", "grammar", "json_schema", "regex");

  private record Key(String model, List<Integer> ends, OutputFormat format) {}

  private final Map<Key, Boolean> good = new LinkedHashMap<>(16, 0.75f, true) {
    @Override
    protected boolean removeEldestEntry(Map.Entry<Key, Boolean> eldest) {
      return size() > MAX_KNOWN;
    }
  };

  /**
   * The format, checked.
   *
   * @param ends
   *          ids that end the answer
   */
  Optional<OutputFormat> parse(JsonFields fields, ServedModel model, List<Integer> ends) {
    for (String name : OTHER_NAMES) {
      if (!fields.raw(name).isMissingNode()) {
        throw RequestParser.unsupported(name, name + " is not supported: say it with response_format or format");
      }
    }
    Optional<Asked> response = responseFormat(fields);
    Optional<Asked> own = ownFormat(fields);
    if (response.isPresent() && own.isPresent()) {
      throw ApiError.invalid("invalid_value", "format", "format is not possible beside response_format").exception();
    }
    Optional<Asked> asked = response.isPresent() ? response : own;
    asked.ifPresent(one -> check(one, fields, model, ends));
    return asked.map(Asked::format);
  }

  /** A format and the field that it came in. */
  private record Asked(OutputFormat format, String param) {}

  private static Optional<Asked> responseFormat(JsonFields fields) {
    JsonNode node = fields.raw("response_format");
    if (node.isMissingNode()) {
      return Optional.empty();
    }
    if (!node.isObject()) {
      throw JsonFields.wrongType("response_format", "an object", node);
    }
    JsonFields format = new JsonFields(node, "response_format");
    String type = format.string("type").orElseThrow(() -> RequestParser.missing("response_format.type"));
    return switch (type) {
      case "text" -> Optional.empty();
      case "json_object" -> {
        for (String name : List.of("schema", "json_schema")) {
          if (format.has(name)) {
            throw RequestParser.unsupported(format.at(name),
                format.at(name) + " needs response_format.type to be 'json_schema'");
          }
        }
        yield Optional.of(new Asked(new OutputFormat.AnyJson(), "response_format"));
      }
      case "json_schema" -> Optional.of(schema(format));
      default -> throw RequestParser.unsupported("response_format.type",
          "response_format.type must be one of text, json_object and json_schema, not '" + RequestParser.shortened(type)
              + "'");
    };
  }

  private static Asked schema(JsonFields format) {
    JsonNode node = format.raw("json_schema");
    if (node.isMissingNode()) {
      throw RequestParser.missing("response_format.json_schema");
    }
    if (!node.isObject()) {
      throw JsonFields.wrongType("response_format.json_schema", "an object", node);
    }
    JsonFields named = new JsonFields(node, "response_format.json_schema");
    // Every schema is enforced, so that strict or not is all the same.
    named.flag("strict");
    named.string("name");
    JsonNode schema = named.raw("schema");
    if (schema.isMissingNode()) {
      throw RequestParser.missing("response_format.json_schema.schema");
    }
    return new Asked(new OutputFormat.JsonSchema(schema.toString()), "response_format.json_schema.schema");
  }

  private static Optional<Asked> ownFormat(JsonFields fields) {
    JsonNode node = fields.raw("format");
    if (node.isMissingNode()) {
      return Optional.empty();
    }
    if (!node.isObject()) {
      throw JsonFields.wrongType("format", "an object", node);
    }
    JsonFields format = new JsonFields(node, "format");
    if (node.size() != 1 || !(format.has("sections") || format.has("regex"))) {
      throw ApiError.invalid("invalid_value", "format", "format must have one of sections and regex").exception();
    }
    if (format.has("regex")) {
      return Optional.of(new Asked(new OutputFormat.Regex(format.string("regex").orElse("")), "format.regex"));
    }
    JsonNode list = format.raw("sections");
    if (!list.isArray()) {
      throw JsonFields.wrongType("format.sections", "an array of titles", list);
    }
    List<String> titles = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      if (!list.get(i).isTextual()) {
        throw JsonFields.wrongType("format.sections[" + i + "]", "a string", list.get(i));
      }
      titles.add(list.get(i).textValue());
    }
    return Optional.of(new Asked(new OutputFormat.Sections(titles), "format.sections"));
  }

  private void check(Asked asked, JsonFields fields, ServedModel model, List<Integer> ends) {
    String field = asked.param().startsWith("response_format") ? "response_format" : "format";
    if (fields.flag("ignore_eos")) {
      throw RequestParser.unsupported("ignore_eos", "ignore_eos is not possible with " + field
          + ": an answer that is complete has to end");
    }
    if (fields.integer("num_beams", 1, Integer.MAX_VALUE).orElse(1) != 1) {
      throw RequestParser.unsupported("num_beams", "num_beams must be 1 with " + field);
    }
    if (ends.isEmpty()) {
      throw RequestParser.unsupported(field, "model '" + model.id() + "' has no token that ends an answer, which "
          + field + " needs: name one in stop_token_ids");
    }
    Key key = new Key(model.id(), ends, asked.format());
    synchronized (good) {
      if (good.get(key) != null) {
        return;
      }
    }
    try {
      Grammar.compile(asked.format(), model.vocabulary().alphabet(ends), model.vocabulary().firstSpaceVanishes(),
          FormatLimits.STANDARD);
    } catch (FormatException e) {
      throw ApiError.invalid(e.code().word(), asked.param(), asked.param() + " is refused: " + e.reason()).exception();
    }
    synchronized (good) {
      good.put(key, true);
    }
  }
}
