package org.clarion.gateway.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.clarion.gateway.api.ApiError;

/**
 * The fields of a JSON object, typed; every refusal names the field by its path. A field that is null counts as absent,
 * as OpenAI's clients expect. Immutable.
 *
 * @param path
 *          where the object stands, empty for the body
 */
record JsonFields(JsonNode node, String path) {
  private static final int MAX_DEPTH = 64;
  /** Of brackets, names and values: a prompt of token ids is the longest honest one. Each costs some 80 bytes. */
  private static final long MAX_TOKENS = 250_000;
  private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
      // The body's cap bounds strings: an image is one.
      .streamReadConstraints(
          StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).maxTokenCount(MAX_TOKENS)
              .maxStringLength(Integer.MAX_VALUE).build())
      .build()).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** Parses a body. */
  static JsonFields parse(byte[] body) {
    JsonNode node;
    try {
      node = MAPPER.readTree(body);
    } catch (StreamConstraintsException _) {
      throw ApiError.invalid("json_too_complex", null, "The body is JSON beyond the limits of " + MAX_DEPTH
          + " levels, " + MAX_TOKENS + " values and 1000 digits a number").exception();
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      throw ApiError.invalid("invalid_json", null, "The body is not valid JSON"
          + (at == null ? "" : ": see line " + at.getLineNr() + ", column " + at.getColumnNr())).exception();
    } catch (IOException _) {
      throw ApiError.invalid("invalid_json", null, "The body is not UTF-8 text").exception();
    }
    if (!node.isObject()) {
      throw ApiError.invalid("invalid_json", null,
          "The body must be a JSON object, not " + (node.isMissingNode() ? "empty" : kind(node))).exception();
    }
    return new JsonFields(node, "");
  }

  boolean has(String name) {
    return node.hasNonNull(name);
  }

  /** The field's value, or a missing node. */
  JsonNode raw(String name) {
    JsonNode value = node.path(name);
    return value.isNull() ? MissingNode.getInstance() : value;
  }

  String at(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  Optional<String> string(String name) {
    JsonNode value = raw(name);
    if (value.isMissingNode()) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw wrongType(at(name), "a string", value);
    }
    return Optional.of(value.textValue());
  }

  boolean flag(String name) {
    JsonNode value = raw(name);
    if (value.isMissingNode()) {
      return false;
    }
    if (!value.isBoolean()) {
      throw wrongType(at(name), "true or false", value);
    }
    return value.booleanValue();
  }

  OptionalLong integer(String name, long min, long max) {
    JsonNode value = raw(name);
    if (value.isMissingNode()) {
      return OptionalLong.empty();
    }
    if (!value.isIntegralNumber()) {
      throw wrongType(at(name), "an integer", value);
    }
    if (!value.canConvertToLong() || value.longValue() < min || value.longValue() > max) {
      throw outOfRange(name, value, min + " to " + max);
    }
    return OptionalLong.of(value.longValue());
  }

  OptionalDouble number(String name, double min, double max) {
    JsonNode value = raw(name);
    if (value.isMissingNode()) {
      return OptionalDouble.empty();
    }
    if (!value.isNumber()) {
      throw wrongType(at(name), "a number", value);
    }
    double number = value.doubleValue();
    if (!(number >= min && number <= max)) {
      throw outOfRange(name, value, min + " to " + max);
    }
    return OptionalDouble.of(number);
  }

  RuntimeException outOfRange(String name, JsonNode value, String range) {
    String text = value.asText();
    return ApiError.invalid("invalid_value", at(name), at(name) + " must be in " + range + ", not "
        + (text.length() > 40 ? text.substring(0, 40) + "..." : text)).exception();
  }

  static RuntimeException wrongType(String where, String expected, JsonNode value) {
    return ApiError.invalid("invalid_type", where, where + " must be " + expected + ", not " + kind(value)).exception();
  }

  static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case ARRAY -> "an array";
      case BOOLEAN -> "a boolean";
      case NULL -> "null";
      case MISSING -> "absent";
      case NUMBER -> node.isIntegralNumber() ? "an integer" : "a number";
      case OBJECT, POJO -> "an object";
      case STRING, BINARY -> "a string";
    };
  }
}
