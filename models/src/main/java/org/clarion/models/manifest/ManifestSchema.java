package org.clarion.models.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.NodePath;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * The shape of a manifest, as {@code manifest.schema.json} beside this class states it. What the schema cannot say,
 * such as that one number must divide another, is {@link ManifestReader}'s. Thread-safe.
 */
final class ManifestSchema {
  private static final int MAX_VALUE = 80;
  private static final Schema SCHEMA = load();

  private ManifestSchema() {}

  private static Schema load() {
    try (InputStream in = ManifestSchema.class.getResourceAsStream("manifest.schema.json")) {
      if (in == null) {
        throw new IllegalStateException("the jar has no manifest.schema.json");
      }
      return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(in, InputFormat.JSON);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is wrong, one line each, with the key's path, its value and what is allowed; empty when nothing is. */
  static List<String> faults(JsonNode manifest) {
    return SCHEMA.validate(manifest).stream().map(ManifestSchema::line).distinct().sorted().toList();
  }

  private static String line(Error error) {
    String path = path(error.getInstanceLocation());
    return switch (error.getKeyword()) {
      case "required" -> join(path, error.getProperty()) + " is missing";
      case "additionalProperties" -> join(path, error.getProperty()) + " is not a known key";
      case "type" -> path.isEmpty()
          ? "a manifest must be a mapping of keys to values"
          : path + " must be of type " + error.getArguments()[1] + ", not " + value(error);
      case "enum" -> path + " must be one of " + error.getSchemaNode() + ", not " + value(error);
      default -> path + " is " + value(error) + ", but " + error.getMessage() + remark(error);
    };
  }

  /** The remark that the schema has on the key, where it has one. */
  private static String remark(Error error) {
    NodePath place = error.getSchemaLocation().getFragment();
    NodePath parent = place == null ? null : place.getParent();
    if (parent == null) {
      return "";
    }
    JsonNode at = SCHEMA.getSchemaNode();
    for (int i = 0; i < parent.getNameCount(); i++) {
      Object element = parent.getElement(i);
      at = element instanceof Integer index ? at.path(index) : at.path(String.valueOf(element));
    }
    String description = at.path("description").asText("");
    return description.isEmpty() ? "" : " (" + description + ")";
  }

  private static String path(NodePath location) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < location.getNameCount(); i++) {
      Object element = location.getElement(i);
      if (element instanceof Integer index) {
        path.append('[').append(index).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(element);
      }
    }
    return path.toString();
  }

  private static String join(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private static String value(Error error) {
    String text = String.valueOf(error.getInstanceNode());
    return text.length() <= MAX_VALUE ? text : text.substring(0, MAX_VALUE) + "...";
  }
}
