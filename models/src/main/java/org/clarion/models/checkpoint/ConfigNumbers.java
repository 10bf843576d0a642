package org.clarion.models.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Numbers of a decoder's {@code config.json} or GGUF metadata; what is out of range is refused by its key. */
final class ConfigNumbers {
  private static final int MAX_SIZE = 1 << 24;

  private ConfigNumbers() {}

  static int size(JsonNode json, String key, @Nullable Integer otherwise) {
    JsonNode node = json.path(key);
    if (node.isIntegralNumber() && node.canConvertToLong()) {
      return inRange(key, node.asLong());
    }
    if (otherwise != null && (node.isMissingNode() || node.isNull())) {
      return otherwise;
    }
    throw unsupported(key + " is " + (node.isMissingNode() ? "missing" : "not a whole number"));
  }

  static int number(Map<String, Object> metadata, String key, @Nullable Integer otherwise) {
    Object value = metadata.get(key);
    if (value instanceof Long number) {
      return inRange(key, number);
    }
    if (value == null && otherwise != null) {
      return otherwise;
    }
    throw unsupported(key + " is " + (value == null ? "missing" : "not a whole number"));
  }

  static int inRange(String key, long value) {
    if (value < 1 || value > MAX_SIZE) {
      throw unsupported(key + " is " + value + ", expected 1 to " + MAX_SIZE);
    }
    return (int) value;
  }

  static double real(Map<String, Object> metadata, String key, double otherwise) {
    // The shortest decimal of the float: what the file's maker wrote, 1e-5 and not 9.999999747378752e-6.
    return positive(key,
        metadata.get(key) instanceof Number number ? Double.parseDouble(number.toString()) : otherwise);
  }

  static double positive(String key, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw unsupported(key + " is " + value + ", expected a positive number");
    }
    return value;
  }

  /** The base of the rotary frequencies; frequencies that are scaled in any way are refused. */
  static double ropeBase(JsonNode json) {
    for (String rope : new String[]{"rope_scaling", "rope_parameters"}) {
      JsonNode node = json.path(rope);
      String kind = node.path("rope_type").asText(node.path("type").asText("default"));
      if (!kind.equals("default")) {
        throw unsupported(rope + " of type \"" + kind + "\"");
      }
    }
    JsonNode nested = json.path("rope_parameters").path("rope_theta");
    return positive("rope_theta", nested.isNumber() ? nested.asDouble() : json.path("rope_theta").asDouble(10_000));
  }

  /** Refuses heads that cannot share KV heads, and a width whose halves cannot be rotated. */
  static void checkHeads(int heads, int kvHeads, int headDim) {
    if (heads % kvHeads != 0) {
      throw unsupported(heads + " query heads cannot share " + kvHeads + " KV heads evenly");
    }
    if (headDim % 2 != 0) {
      throw unsupported("head width " + headDim + " is odd");
    }
  }

  static CheckpointException unsupported(String what) {
    return new CheckpointException("config_unsupported", "decoder configuration: " + what);
  }
}
