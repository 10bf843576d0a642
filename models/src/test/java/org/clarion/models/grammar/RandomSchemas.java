package org.clarion.models.grammar;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.SplittableRandom;

/** Schemas of everything that is supported, drawn by a seed; answers to them are short. */
final class RandomSchemas {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final List<String> PATTERNS = List.of("^[A-Z][a-z]{1,5}$", "^\\d{2}-\\d{2}$", "^(left|right|both)$",
      "^[^\\s]{1,4}$", "^\\w+(, \\w+){0,2}$", "^[\\u00e0-\\u00ff\"\\\\]{1,3}$");

  private final SplittableRandom random;
  private boolean recursion;

  RandomSchemas(long seed) {
    random = new SplittableRandom(seed);
  }

  ObjectNode next() {
    recursion = random.nextInt(3) == 0;
    ObjectNode schema = recursion ? JSON.objectNode().put("$ref", "#/$defs/node") : schema(3);
    if (recursion) {
      ObjectNode node = object(2);
      node.withObjectProperty("properties").set("next", JSON.objectNode().put("$ref", "#/$defs/node"));
      ObjectNode list = schema.withObjectProperty("$defs").putObject("list");
      list.put("type", "array").put("maxItems", 2).putObject("items").put("$ref", "#/$defs/node");
      schema.withObjectProperty("$defs").set("node", node);
    }
    return schema;
  }

  private ObjectNode schema(int depth) {
    return switch (random.nextInt(depth > 0 ? 11 : 7)) {
      case 0 -> string();
      case 1 -> number();
      case 2 -> JSON.objectNode().put("type", "boolean");
      case 3 -> JSON.objectNode().put("type", "null");
      case 4 -> constants();
      case 5 -> {
        ObjectNode either = string();
        either.putArray("type").add("string").add("integer").add("null");
        yield either.put("minimum", -5).put("maximum", random.nextInt(100));
      }
      case 6 -> recursion && depth > 0
          ? JSON.objectNode().put("$ref", "#/$defs/list")
          : JSON.objectNode().put("type", "string").put("format", List.of("date", "date-time", "uuid", "time").get(
              random.nextInt(4)));
      case 7, 8 -> object(depth);
      case 9 -> array(depth);
      default -> choice(depth);
    };
  }

  private ObjectNode object(int depth) {
    ObjectNode object = JSON.objectNode().put("type", "object");
    ObjectNode properties = object.putObject("properties");
    ArrayNode required = object.putArray("required");
    int count = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      String name = List.of("a", "findings", "\u00e9\"x", "a b", "lesion_size").get(random.nextInt(5)) + i;
      properties.set(name, schema(depth - 1));
      if (random.nextBoolean()) {
        required.add(name);
      }
    }
    switch (random.nextInt(4)) {
      case 0 -> object.put("additionalProperties", false);
      case 1 -> object.set("additionalProperties", schema(0));
      default -> {
        // Silent.
      }
    }
    return object;
  }

  private ObjectNode array(int depth) {
    ObjectNode array = JSON.objectNode().put("type", "array");
    if (random.nextInt(3) == 0) {
      array.putArray("prefixItems").add(schema(depth - 1)).add(schema(0));
    }
    array.set("items", schema(depth - 1));
    int min = random.nextInt(3);
    return array.put("minItems", min).put("maxItems", min + 2 + random.nextInt(2));
  }

  private ObjectNode choice(int depth) {
    ObjectNode choice = JSON.objectNode();
    if (random.nextBoolean()) {
      choice.putArray("anyOf").add(schema(depth - 1)).add(schema(depth - 1)).add(schema(0));
    } else {
      ArrayNode branches = choice.putArray("oneOf");
      branches.add(string()).add(number()).add(tagged("one", depth)).add(tagged("two", depth));
    }
    return choice;
  }

  private ObjectNode tagged(String tag, int depth) {
    ObjectNode object = object(depth - 1);
    object.withObjectProperty("properties").putObject("kind").put("const", tag);
    object.withArrayProperty("required").add("kind");
    return object;
  }

  private ObjectNode string() {
    ObjectNode string = JSON.objectNode().put("type", "string");
    if (random.nextInt(3) == 0) {
      string.put("pattern", PATTERNS.get(random.nextInt(PATTERNS.size())));
    }
    if (!string.has("pattern") || random.nextInt(3) == 0) {
      string.put("minLength", random.nextInt(2)).put("maxLength", 5 + random.nextInt(20));
    }
    return string;
  }

  private ObjectNode number() {
    ObjectNode number = JSON.objectNode().put("type", random.nextBoolean() ? "integer" : "number");
    int low = random.nextInt(-200, 200);
    return switch (random.nextInt(4)) {
      case 0 -> number;
      case 1 -> number.put("minimum", low);
      case 2 -> number.put("exclusiveMaximum", low + 0.5);
      default -> number.put("minimum", low - 0.25).put("exclusiveMaximum", low + random.nextInt(2, 300));
    };
  }

  private ObjectNode constants() {
    ObjectNode schema = JSON.objectNode();
    if (random.nextInt(3) == 0) {
      return schema.put("const", "na\u00efve \ud83d\ude42 \"" + random.nextInt(9) + "\"");
    }
    ArrayNode values = schema.putArray("enum").add("left").add("right").add("not stated").add(random.nextInt(50));
    values.addNull().addObject().put("x", 1.5).putArray("y");
    return schema;
  }
}
