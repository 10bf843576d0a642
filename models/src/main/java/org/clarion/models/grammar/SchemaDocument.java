package org.clarion.models.grammar;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.clarion.models.grammar.FormatException.Code;

/** A schema's text as JSON, its places by pointer, and which of its references lead to themselves. */
final class SchemaDocument {
  private final JsonNode root;
  /** For each place that a reference leads to, the places that its references lead to. */
  private final Map<String, Set<String>> targets = new HashMap<>();
  private final Map<String, Boolean> recursive = new HashMap<>();

  private SchemaDocument(JsonNode root) {
    this.root = root;
  }

  /**
   * Reads a schema.
   *
   * @throws FormatException
   *           when it is no JSON or exceeds a limit
   */
  static SchemaDocument parse(String text, FormatLimits limits) {
    limits.check("the number of characters of the schema", text.length(), limits.text());
    ObjectMapper mapper = new ObjectMapper(JsonFactory.builder()
        .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(2 * limits.nesting()).build())
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS, DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    JsonNode root;
    try {
      root = mapper.readTree(text);
    } catch (JacksonException _) {
      throw new FormatException(Code.INVALID,
          "the schema is not valid JSON, has a name twice in one object, or more than "
              + 2 * limits.nesting() + " levels");
    }
    check(root, 1, limits);
    return new SchemaDocument(root);
  }

  private static void check(JsonNode node, int level, FormatLimits limits) {
    limits.check("the nesting of the schema", level, limits.nesting());
    if (node.isTextual()) {
      checkText(node.textValue());
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      checkText(entry.getKey());
    }
    node.forEach(child -> check(child, level + 1, limits));
  }

  private static void checkText(String text) {
    if (text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
      throw new FormatException(Code.INVALID, "the schema has half a surrogate pair, which is no character");
    }
  }

  JsonNode root() {
    return root;
  }

  /** What is at a pointer of this document. */
  JsonNode at(String pointer) {
    return root.at(pointer);
  }

  /**
   * The pointer that a reference leads to, references that are nothing else followed.
   *
   * @param pointer
   *          of the schema that holds the reference
   */
  String target(String pointer) {
    Set<String> passed = new HashSet<>();
    String at = pointer;
    while (at(at).path("$ref").isTextual()) {
      if (!passed.add(at)) {
        throw FormatException.at(Code.UNSATISFIABLE, pointer, "$ref", "leads to itself");
      }
      at = resolve(at, at(at).path("$ref").textValue());
    }
    return at;
  }

  private String resolve(String pointer, String reference) {
    if (!reference.startsWith("#")) {
      throw FormatException.at(Code.UNSUPPORTED, pointer, "$ref",
          "leads outside the schema to '" + FormatException.shortened(reference) + "', only '#...' is supported");
    }
    String target = decoded(reference.substring(1));
    boolean there = target.isEmpty() || (target.startsWith("/") && !at(target).isMissingNode());
    if (!there) {
      throw FormatException.at(Code.INVALID, pointer, "$ref",
          "names '" + FormatException.shortened(reference) + "', which is not there");
    }
    return target;
  }

  private static String decoded(String fragment) {
    try {
      return URLDecoder.decode(fragment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      return fragment;
    }
  }

  /** Whether references below this place lead back to it. */
  boolean recursive(String target) {
    Boolean known = recursive.get(target);
    if (known == null) {
      known = reachable(target).contains(target);
      recursive.put(target, known);
    }
    return known;
  }

  private Set<String> reachable(String from) {
    Set<String> found = new LinkedHashSet<>(below(from));
    Set<String> passed = new HashSet<>();
    while (passed.size() < found.size()) {
      for (String target : Set.copyOf(found)) {
        if (passed.add(target)) {
          found.addAll(below(target));
        }
      }
    }
    return found;
  }

  private Set<String> below(String pointer) {
    Set<String> known = targets.get(pointer);
    if (known == null) {
      known = new LinkedHashSet<>();
      collect(pointer, at(pointer), false, known);
      targets.put(pointer, known);
    }
    return known;
  }

  /** Places that look like references in values are counted too: at worst a rule is taken for recursive. */
  private void collect(String pointer, JsonNode node, boolean names, Set<String> found) {
    if (!names && node.path("$ref").isTextual()) {
      try {
        found.add(target(pointer));
      } catch (FormatException _) {
        // Refused where it is compiled, if it is a reference at all.
      }
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      String key = entry.getKey();
      if (names || (!key.equals("$defs") && !key.equals("definitions"))) {
        collect(child(pointer, key), entry.getValue(), !names && key.equals("properties"), found);
      }
    }
    if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        collect(pointer + "/" + i, node.get(i), false, found);
      }
    }
  }

  static String child(String pointer, String name) {
    return pointer + "/" + name.replace("~", "~0").replace("/", "~1");
  }
}
