package org.clarion.models.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.clarion.models.grammar.FormatException.Code;
import org.jspecify.annotations.Nullable;

/**
 * The keywords of one schema, typed; a wrong value is refused with place and keyword.
 *
 * @param pointer
 *          where the schema stands
 */
record Keywords(JsonNode schema, String pointer) {
  /** Say something to people only. */
  private static final Set<String> REMARKS = Set.of("$schema", "$comment", "title", "description", "default",
      "examples",
      "deprecated", "readOnly", "writeOnly", "$defs", "definitions");
  /** Which types a keyword speaks of, for all that are enforced beside {@code type}. */
  private static final Map<String, JsonType> BY_TYPE = Map.ofEntries(Map.entry("properties", JsonType.OBJECT),
      Map.entry("required", JsonType.OBJECT), Map.entry("additionalProperties", JsonType.OBJECT),
      Map.entry("items", JsonType.ARRAY), Map.entry("prefixItems", JsonType.ARRAY),
      Map.entry("minItems", JsonType.ARRAY),
      Map.entry("maxItems", JsonType.ARRAY), Map.entry("uniqueItems", JsonType.ARRAY),
      Map.entry("minLength", JsonType.STRING),
      Map.entry("maxLength", JsonType.STRING), Map.entry("pattern", JsonType.STRING),
      Map.entry("format", JsonType.STRING),
      Map.entry("minimum", JsonType.NUMBER), Map.entry("maximum", JsonType.NUMBER),
      Map.entry("exclusiveMinimum", JsonType.NUMBER),
      Map.entry("exclusiveMaximum", JsonType.NUMBER));

  boolean has(String keyword) {
    return schema.has(keyword);
  }

  JsonNode get(String keyword) {
    return schema.path(keyword);
  }

  String child(String name) {
    return SchemaDocument.child(pointer, name);
  }

  /** Refuses every keyword that is neither a remark nor in the list. */
  void allowOnly(Set<String> keywords, String reason) {
    for (Map.Entry<String, JsonNode> entry : schema.properties()) {
      if (!REMARKS.contains(entry.getKey()) && !keywords.contains(entry.getKey())) {
        throw unsupported(entry.getKey(), reason);
      }
    }
  }

  /** Refuses what is neither a remark nor enforced. */
  void allowTyped() {
    for (Map.Entry<String, JsonNode> entry : schema.properties()) {
      String keyword = entry.getKey();
      if (!REMARKS.contains(keyword) && !BY_TYPE.containsKey(keyword) && !keyword.equals("type")
          && !keyword.equals("nullable")) {
        throw unsupported(keyword, "is not supported");
      }
    }
  }

  /** The types that the schema allows; where it does not say, those that its keywords speak of; empty for any. */
  Set<JsonType> types() {
    Set<JsonType> types = new LinkedHashSet<>();
    JsonNode type = get("type");
    if (type.isArray() && !type.isEmpty()) {
      type.forEach(one -> types.add(type(one)));
    } else if (!type.isMissingNode()) {
      types.add(type(type));
    } else {
      schema.fieldNames().forEachRemaining(keyword -> {
        JsonType meant = BY_TYPE.get(keyword);
        if (meant != null) {
          types.add(meant);
        }
      });
    }
    if (flag("nullable") && !types.isEmpty()) {
      types.add(JsonType.NULL);
    }
    return types;
  }

  private JsonType type(JsonNode name) {
    JsonType type = name.isTextual() ? JsonType.named(name.textValue()) : null;
    if (type == null) {
      throw invalid("type", "must name types of JSON, not " + FormatException.shortened(name.toString()));
    }
    return type;
  }

  boolean flag(String keyword) {
    JsonNode value = get(keyword);
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw invalid(keyword, "must be true or false");
    }
    return value.booleanValue();
  }

  /** A count of characters or items. */
  int count(String keyword, int otherwise, FormatLimits limits) {
    JsonNode value = get(keyword);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isIntegralNumber() || value.bigIntegerValue().signum() < 0) {
      throw invalid(keyword, "must be a whole number from 0 on");
    }
    if (!value.canConvertToInt() || value.intValue() > limits.length()) {
      throw FormatException.at(Code.TOO_LARGE, pointer, keyword,
          "is " + FormatException.shortened(value.asText()) + ", the limit is " + limits.length());
    }
    return value.intValue();
  }

  @Nullable
  BigDecimal number(String keyword) {
    JsonNode value = get(keyword);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isNumber()) {
      throw invalid(keyword, "must be a number");
    }
    return value.decimalValue();
  }

  FormatException invalid(String keyword, String reason) {
    return FormatException.at(Code.INVALID, pointer, keyword, reason);
  }

  FormatException unsupported(String keyword, String reason) {
    return FormatException.at(Code.UNSUPPORTED, pointer, keyword, reason);
  }
}
