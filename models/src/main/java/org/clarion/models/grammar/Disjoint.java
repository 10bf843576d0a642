package org.clarion.models.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether two schemas can be told to accept no common value; when in doubt they cannot. */
record Disjoint(SchemaDocument document) {
  private static final int MAX_LEVELS = 16;

  boolean test(String left, String right) {
    JsonNode a = node(left);
    JsonNode b = node(right);
    List<JsonNode> valuesOfA = constants(a);
    List<JsonNode> valuesOfB = constants(b);
    if (valuesOfA != null && valuesOfB != null) {
      return apart(valuesOfA, valuesOfB);
    }
    Set<JsonType> common = types(left, 0);
    common.retainAll(types(right, 0));
    return common.isEmpty() || (common.equals(Set.of(JsonType.OBJECT)) && discriminated(left, right));
  }

  private JsonNode node(String pointer) {
    return document.at(document.target(pointer));
  }

  private static @Nullable List<JsonNode> constants(JsonNode schema) {
    if (schema.has("const")) {
      return List.of(schema.path("const"));
    }
    if (!schema.path("enum").isArray()) {
      return null;
    }
    List<JsonNode> values = new ArrayList<>();
    schema.path("enum").forEach(values::add);
    return values;
  }

  private static boolean apart(List<JsonNode> left, List<JsonNode> right) {
    return left.stream().noneMatch(a -> right.stream().anyMatch(b -> same(a, b)));
  }

  /**
   * Numbers are the same whatever their spelling; what holds others is taken for the same unless it looks different.
   */
  private static boolean same(JsonNode a, JsonNode b) {
    if (a.isNumber() && b.isNumber()) {
      return a.decimalValue().compareTo(b.decimalValue()) == 0;
    }
    return a.equals(b) || (a.isContainerNode() && a.getNodeType() == b.getNodeType());
  }

  /** Types of the values that a schema accepts, as far as it says so itself. */
  private Set<JsonType> types(String pointer, int level) {
    JsonNode schema = node(pointer);
    String target = document.target(pointer);
    Set<JsonType> types = EnumSet.noneOf(JsonType.class);
    List<JsonNode> constants = constants(schema);
    String choice = List.of("anyOf", "oneOf", "allOf").stream().filter(schema::has).findFirst().orElse(null);
    if (constants != null) {
      constants.forEach(value -> types.add(type(value)));
    } else if (choice != null && level < MAX_LEVELS) {
      for (int i = 0; i < schema.path(choice).size(); i++) {
        types.addAll(types(target + "/" + choice + "/" + i, level + 1));
      }
    } else if (schema.isObject() && schema.has("type")) {
      types.addAll(new Keywords(schema, target).types());
    } else {
      types.addAll(EnumSet.allOf(JsonType.class));
    }
    if (types.contains(JsonType.NUMBER) || types.contains(JsonType.INTEGER)) {
      types.addAll(Set.of(JsonType.NUMBER, JsonType.INTEGER));
    }
    if (schema.path("nullable").booleanValue() || document.at(pointer).path("nullable").booleanValue()) {
      types.add(JsonType.NULL);
    }
    return types;
  }

  private static JsonType type(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> JsonType.ARRAY;
      case BOOLEAN -> JsonType.BOOLEAN;
      case NULL, MISSING -> JsonType.NULL;
      case NUMBER -> JsonType.NUMBER;
      case OBJECT, POJO -> JsonType.OBJECT;
      case STRING, BINARY -> JsonType.STRING;
    };
  }

  /** Whether both require a property whose constants differ. */
  private boolean discriminated(String left, String right) {
    String a = document.target(left);
    String b = document.target(right);
    for (Map.Entry<String, JsonNode> entry : document.at(a).path("properties").properties()) {
      String name = entry.getKey();
      String inProperties = SchemaDocument.child("/properties", name);
      if (requires(a, name) && requires(b, name) && document.at(b).path("properties").has(name)) {
        List<JsonNode> valuesOfA = constants(node(a + inProperties));
        List<JsonNode> valuesOfB = constants(node(b + inProperties));
        if (valuesOfA != null && valuesOfB != null && apart(valuesOfA, valuesOfB)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean requires(String pointer, String name) {
    for (JsonNode required : document.at(pointer).path("required")) {
      if (required.asText().equals(name)) {
        return true;
      }
    }
    return false;
  }
}
