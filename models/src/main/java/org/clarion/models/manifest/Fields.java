package org.clarion.models.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The keys of one YAML mapping: typed access that names what is wrong, and a check that no key was left over. */
final class Fields {
  private final String file;
  private final String path;
  private final JsonNode node;
  private final Set<String> known = new HashSet<>();

  Fields(String file, String path, JsonNode node) {
    this.file = file;
    this.path = path;
    this.node = node;
    if (!node.isObject()) {
      throw new ManifestException("manifest_invalid",
          file + ": " + (path.isEmpty() ? "a manifest" : path) + " must be a mapping of keys to values");
    }
  }

  String text(String key) {
    JsonNode value = require(key);
    if (!value.isTextual()) {
      throw wrong(key, "must be text", value);
    }
    return value.asText();
  }

  String fileName(String key) {
    String name = text(key);
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw wrong(key, "must be a plain file name", require(key));
    }
    return name;
  }

  String hash(String key) {
    String value = text(key);
    if (!value.matches("[0-9a-f]{64}")) {
      throw wrong(key, "must be 64 lower-case hexadecimal digits", require(key));
    }
    return value;
  }

  int positive(String key) {
    JsonNode value = require(key);
    if (!value.isInt() || value.asInt() < 1) {
      throw wrong(key, "must be a whole number of at least 1", value);
    }
    return value.asInt();
  }

  long size(String key) {
    JsonNode value = require(key);
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.asLong() < 1) {
      throw wrong(key, "must be a number of bytes of at least 1", value);
    }
    return value.asLong();
  }

  double number(String key) {
    return number(key, require(key));
  }

  double number(String key, double otherwise) {
    known.add(key);
    return node.has(key) ? number(key) : otherwise;
  }

  int number(String key, int otherwise) {
    known.add(key);
    JsonNode value = node.get(key);
    if (value == null) {
      return otherwise;
    }
    if (!value.isInt()) {
      throw wrong(key, "must be a whole number", value);
    }
    return value.asInt();
  }

  OptionalInt optionalPositive(String key) {
    known.add(key);
    return node.has(key) ? OptionalInt.of(positive(key)) : OptionalInt.empty();
  }

  List<Integer> optionalIds(String key) {
    known.add(key);
    if (!node.has(key)) {
      return List.of();
    }
    JsonNode value = require(key);
    if (!value.isArray() || value.valueStream().anyMatch(entry -> !entry.isInt() || entry.asInt() < 0)) {
      throw wrong(key, "must be a list of token ids", value);
    }
    return value.valueStream().map(JsonNode::asInt).toList();
  }

  List<Double> numbers(String key, int count) {
    JsonNode value = require(key);
    if (!value.isArray() || value.size() != count) {
      throw wrong(key, "must be a list of " + count + " numbers", value);
    }
    return value.valueStream().map(entry -> number(key, entry)).toList();
  }

  boolean flag(String key) {
    JsonNode value = require(key);
    if (!value.isBoolean()) {
      throw wrong(key, "must be true or false", value);
    }
    return value.asBoolean();
  }

  List<String> texts(String key) {
    JsonNode value = require(key);
    if (!value.isArray() || value.valueStream().anyMatch(entry -> !entry.isTextual())) {
      throw wrong(key, "must be a list of texts", value);
    }
    return value.valueStream().map(JsonNode::asText).toList();
  }

  Fields object(String key) {
    return new Fields(file, name(key), require(key));
  }

  @Nullable
  Fields optional(String key) {
    known.add(key);
    return node.has(key) ? object(key) : null;
  }

  /** Refuses keys that nobody asked for. */
  void done() {
    List<String> unknown = new ArrayList<>();
    node.fieldNames().forEachRemaining(key -> {
      if (!known.contains(key)) {
        unknown.add(name(key));
      }
    });
    if (!unknown.isEmpty()) {
      throw new ManifestException("manifest_invalid", file + ": unknown keys " + unknown);
    }
  }

  private double number(String key, JsonNode value) {
    if (!value.isNumber() || !Double.isFinite(value.asDouble())) {
      throw wrong(key, "must be a number", value);
    }
    return value.asDouble();
  }

  private JsonNode require(String key) {
    known.add(key);
    JsonNode value = node.get(key);
    if (value == null) {
      throw new ManifestException("manifest_invalid", file + ": " + name(key) + " is missing");
    }
    return value;
  }

  private String name(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private ManifestException wrong(String key, String rule, JsonNode value) {
    return new ManifestException("manifest_invalid", file + ": " + name(key) + " " + rule + ", not " + value);
  }
}
