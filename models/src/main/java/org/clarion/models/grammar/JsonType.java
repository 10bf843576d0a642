package org.clarion.models.grammar;

import org.jspecify.annotations.Nullable;

/** JSON's types. */
enum JsonType {
  OBJECT, ARRAY, STRING, NUMBER, INTEGER, BOOLEAN, NULL;

  static @Nullable JsonType named(String name) {
    for (JsonType type : values()) {
      if (type.word().equals(name)) {
        return type;
      }
    }
    return null;
  }

  String word() {
    return switch (this) {
      case OBJECT -> "object";
      case ARRAY -> "array";
      case STRING -> "string";
      case NUMBER -> "number";
      case INTEGER -> "integer";
      case BOOLEAN -> "boolean";
      case NULL -> "null";
    };
  }
}
