package org.clarion.models.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.clarion.models.grammar.FormatException.Code;
import org.clarion.models.grammar.Shape.Repeat;
import org.jspecify.annotations.Nullable;

/**
 * From a JSON schema (draft 2020-12) to a term. Every keyword is enforced, or is a remark for people, or is refused.
 * The texts are some of those that the schema accepts: objects are written in the order of their properties and have no
 * others unless the schema says so, strings are spelled in one of JSON's ways where a pattern counts, white space is
 * bounded.
 *
 * <p>
 * The file reads top-down: references, choices, then the types in turn.
 */
final class SchemaCompiler {
  private static final int FRACTION_DIGITS = 6;
  private static final int MOST_FRACTION_DIGITS = 15;
  /** References and schemas within each other; far fewer than a thread's stack holds. */
  private static final int MAX_LEVELS = 256;

  private final Terms terms;
  private final JsonTerms json;
  private final SchemaDocument document;
  private final FormatLimits limits;
  private final Map<Place, Term> known = new HashMap<>();
  private final Map<String, Shape.Rule> rules = new HashMap<>();
  /** By rule and depth, whether there is a text; deeper ones have one if it has. */
  private final Map<Place, Boolean> alive = new HashMap<>();
  private final Set<String> counted = new HashSet<>();
  private final Set<String> visited = new HashSet<>();
  private int level;
  private int properties;
  private int values;

  private record Place(String pointer, int depth) {}

  private SchemaCompiler(SchemaDocument document, Terms terms, FormatLimits limits) {
    this.document = document;
    this.terms = terms;
    this.limits = limits;
    this.json = new JsonTerms(terms);
  }

  /**
   * Compiles a schema.
   *
   * @throws FormatException
   *           naming pointer and keyword
   */
  static Term compile(String schema, Terms terms, FormatLimits limits) {
    SchemaCompiler compiler = new SchemaCompiler(SchemaDocument.parse(schema, limits), terms, limits);
    return compiler.schema("", limits.depth());
  }

  /** A JSON object of any content. */
  static Term anyObject(Terms terms, FormatLimits limits) {
    JsonTerms json = new JsonTerms(terms);
    Term value = terms.ref(new AnyValue(json), limits.depth() - 1);
    Term other = terms.seq(json.anyString, terms.literal(":"), terms.optional(terms.literal(" ")), value);
    return json.object(List.of(), other);
  }

  /** Any JSON value, nested so deep. */
  private record AnyValue(JsonTerms json) implements Shape.Rule {
    @Override
    public Term expand(int depth) {
      return json.value(depth == 0 ? json.terms.none : json.terms.ref(this, depth - 1));
    }
  }

  private Term anyValue() {
    return terms.ref(new AnyValue(json), limits.depth());
  }

  // ---- references

  private Term schema(String pointer, int depth) {
    Place place = new Place(pointer, depth);
    Term term = known.get(place);
    if (term == null) {
      limits.check("the number of schemas and references within each other", ++level, MAX_LEVELS);
      term = make(pointer, depth);
      level--;
      known.put(place, term);
    }
    return term;
  }

  private Term make(String pointer, int depth) {
    JsonNode node = document.at(pointer);
    if (node.isBoolean()) {
      return node.booleanValue() ? anyValue() : terms.none;
    }
    if (!node.isObject()) {
      throw new FormatException(Code.INVALID,
          "at '" + FormatException.shortened(pointer) + "': a schema must be an object, true or false");
    }
    Keywords keywords = new Keywords(node, pointer);
    if (keywords.has("$ref")) {
      if (!keywords.get("$ref").isTextual()) {
        throw keywords.invalid("$ref", "must be a string");
      }
      keywords.allowOnly(Set.of("$ref", "nullable"), "is not supported beside '$ref'");
      return orNull(keywords, reference(document.target(pointer), depth));
    }
    for (String choice : List.of("anyOf", "oneOf", "allOf")) {
      if (keywords.has(choice)) {
        keywords.allowOnly(Set.of(choice, "nullable"), "is not supported beside '" + choice + "'");
        return orNull(keywords, choice(keywords, choice, depth));
      }
    }
    if (keywords.has("enum") || keywords.has("const")) {
      return constants(keywords);
    }
    keywords.allowTyped();
    Set<JsonType> types = keywords.types();
    if (types.isEmpty()) {
      return anyValue();
    }
    // All keywords are read, also those of types that are not allowed: wrong values are refused anyway.
    Map<JsonType, Term> made = new HashMap<>();
    made.put(JsonType.OBJECT, object(keywords, depth));
    made.put(JsonType.ARRAY, array(keywords, depth));
    made.put(JsonType.STRING, string(keywords));
    made.put(JsonType.NUMBER, number(keywords, false));
    made.put(JsonType.INTEGER, number(keywords, true));
    made.put(JsonType.BOOLEAN, json.anyBoolean);
    made.put(JsonType.NULL, terms.literal("null"));
    return terms.alt(types.stream().map(made::get).toList());
  }

  private Term orNull(Keywords keywords, Term term) {
    return keywords.flag("nullable") ? terms.alt(List.of(term, terms.literal("null"))) : term;
  }

  private Term reference(String target, int depth) {
    if (!document.recursive(target)) {
      return schema(target, depth);
    }
    if (visited.add(target)) {
      // Seen through now, so that nothing can be refused when the rule is gone into later.
      schema(target, 0);
    }
    return depth > 0 && alive(target, depth - 1)
        ? terms.ref(rules.computeIfAbsent(target, key -> left -> schema(key, left)), depth - 1)
        : terms.none;
  }

  /** Whether a rule has a text; asked level by level from the bottom, so that no level waits for itself. */
  private boolean alive(String target, int depth) {
    for (int at = 0; at <= depth; at++) {
      Boolean found = alive.get(new Place(target, at));
      if (found == null) {
        found = !schema(target, at).equals(terms.none);
        alive.put(new Place(target, at), found);
      }
      if (found) {
        return true;
      }
    }
    return false;
  }

  // ---- choices

  private Term choice(Keywords keywords, String keyword, int depth) {
    JsonNode branches = keywords.get(keyword);
    if (!branches.isArray() || branches.isEmpty()) {
      throw keywords.invalid(keyword, "must be a list of at least one schema");
    }
    if (keyword.equals("allOf") && branches.size() > 1) {
      throw keywords.unsupported(keyword, "is supported with one schema only");
    }
    List<String> pointers = new ArrayList<>();
    List<Term> choices = new ArrayList<>();
    for (int i = 0; i < branches.size(); i++) {
      pointers.add(keywords.child(keyword) + "/" + i);
      choices.add(schema(pointers.get(i), depth));
    }
    if (keyword.equals("oneOf")) {
      Disjoint disjoint = new Disjoint(document);
      for (int i = 0; i < pointers.size(); i++) {
        for (int j = 0; j < i; j++) {
          if (!disjoint.test(pointers.get(i), pointers.get(j))) {
            throw keywords.unsupported(keyword, "has the schemas " + j + " and " + i
                + ", which may accept the same value: only schemas of different types, of different constants, or "
                + "with a required property of different constants are supported; or say 'anyOf'");
          }
        }
      }
    }
    return terms.alt(choices);
  }

  private Term constants(Keywords keywords) {
    keywords.allowOnly(Set.of("enum", "const", "type", "nullable"), "is not supported beside 'enum' and 'const'");
    if (keywords.has("enum") && !keywords.get("enum").isArray()) {
      throw keywords.invalid("enum", "must be a list");
    }
    if (keywords.has("enum") && keywords.has("const")) {
      throw keywords.unsupported("const", "is not supported beside 'enum'");
    }
    Set<JsonNode> allowed = new LinkedHashSet<>();
    if (keywords.has("const")) {
      allowed.add(keywords.get("const"));
    }
    keywords.get("enum").forEach(allowed::add);
    if (counted.add(keywords.pointer())) {
      values += allowed.size();
      limits.check("the number of values of enum and const", values, limits.values());
    }
    Set<JsonType> types = keywords.has("type") ? keywords.types() : Set.of();
    if (!types.isEmpty()) {
      allowed.removeIf(value -> types.stream().noneMatch(type -> is(value, type)));
    }
    return terms.alt(allowed.stream().map(json::literal).toList());
  }

  private static boolean is(JsonNode value, JsonType type) {
    return switch (type) {
      case OBJECT -> value.isObject();
      case ARRAY -> value.isArray();
      case STRING -> value.isTextual();
      case NUMBER -> value.isNumber();
      case INTEGER -> value.isIntegralNumber();
      case BOOLEAN -> value.isBoolean();
      case NULL -> value.isNull();
    };
  }

  // ---- objects and arrays

  private Term object(Keywords keywords, int depth) {
    JsonNode declared = keywords.get("properties");
    if (!declared.isMissingNode() && !declared.isObject()) {
      throw keywords.invalid("properties", "must be an object");
    }
    if (counted.add(keywords.pointer())) {
      properties += declared.size();
      limits.check("the number of properties", properties, limits.properties());
    }
    Set<String> required = required(keywords, declared);
    List<JsonTerms.Property> written = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : declared.properties()) {
      String name = entry.getKey();
      names.add(name);
      Term value = schema(SchemaDocument.child(keywords.child("properties"), name), depth);
      written.add(new JsonTerms.Property(json.property(name, value), required.contains(name)));
    }
    Term others = terms.none;
    if (keywords.has("additionalProperties")) {
      others = json.otherProperty(names, schema(keywords.child("additionalProperties"), depth));
    }
    return json.object(written, others);
  }

  private static Set<String> required(Keywords keywords, JsonNode declared) {
    JsonNode list = keywords.get("required");
    if (!list.isMissingNode() && !list.isArray()) {
      throw keywords.invalid("required", "must be a list of names");
    }
    Set<String> required = new HashSet<>();
    for (JsonNode name : list) {
      if (!name.isTextual()) {
        throw keywords.invalid("required", "must be a list of names");
      }
      if (!declared.has(name.textValue())) {
        throw keywords.unsupported("required",
            "names '" + FormatException.shortened(name.textValue()) + "', which 'properties' does not declare");
      }
      required.add(name.textValue());
    }
    return required;
  }

  private Term array(Keywords keywords, int depth) {
    if (keywords.flag("uniqueItems")) {
      throw keywords.unsupported("uniqueItems", "is supported as false only");
    }
    int min = keywords.count("minItems", 0, limits);
    int max = keywords.count("maxItems", Repeat.UNBOUNDED, limits);
    JsonNode prefix = keywords.get("prefixItems");
    List<Term> leading = new ArrayList<>();
    if (!prefix.isMissingNode()) {
      if (!prefix.isArray() || prefix.isEmpty()) {
        throw keywords.invalid("prefixItems", "must be a list of at least one schema");
      }
      if (prefix.size() > max) {
        throw keywords.unsupported("prefixItems", "has more schemas than 'maxItems' allows");
      }
      for (int i = 0; i < prefix.size(); i++) {
        leading.add(schema(keywords.child("prefixItems") + "/" + i, depth));
      }
    }
    // Beside leading items no others are written unless the schema speaks of them, or asks for more.
    Term item = keywords.has("items")
        ? schema(keywords.child("items"), depth)
        : leading.isEmpty() || min > leading.size() ? anyValue() : terms.none;
    int further = max == Repeat.UNBOUNDED ? max : max - leading.size();
    return json.array(leading, item, Math.max(0, min - leading.size()), further);
  }

  // ---- strings and numbers

  private Term string(Keywords keywords) {
    int min = keywords.count("minLength", 0, limits);
    int max = keywords.count("maxLength", Repeat.UNBOUNDED, limits);
    Term content = terms.repeat(json.character, min, max);
    boolean bounded = keywords.has("minLength") || keywords.has("maxLength");
    List<Term> patterns = new ArrayList<>();
    for (String keyword : List.of("pattern", "format")) {
      if (keywords.has(keyword)) {
        if (!keywords.get(keyword).isTextual()) {
          throw keywords.invalid(keyword, "must be a string");
        }
        patterns.add(pattern(keywords, keyword));
      }
    }
    if (patterns.isEmpty()) {
      return json.quoted(content);
    }
    Term term = patterns.getFirst();
    try {
      if (patterns.size() > 1) {
        term = terms.both(term, patterns.getLast());
      }
      return json.quoted(bounded ? terms.both(term, content) : term);
    } catch (FormatException e) {
      throw FormatException.at(e.code(), keywords.pointer(), "pattern", "is too complex: " + e.reason());
    }
  }

  private Term pattern(Keywords keywords, String keyword) {
    String pattern = keywords.get(keyword).textValue();
    boolean whole = keyword.equals("format");
    if (whole) {
      pattern = StringFormats.pattern(pattern);
      if (pattern == null) {
        throw keywords.unsupported(keyword, "is supported for " + StringFormats.known() + " only");
      }
    }
    try {
      return RegexParser.parse(pattern, whole, terms, json.characters::inJson, limits);
    } catch (FormatException e) {
      throw FormatException.at(e.code(), keywords.pointer(), keyword, "is refused: " + e.reason());
    }
  }

  private Term number(Keywords keywords, boolean whole) {
    DecimalRange.@Nullable Bound low = bound(keywords, "minimum", "exclusiveMinimum", 1);
    DecimalRange.@Nullable Bound high = bound(keywords, "maximum", "exclusiveMaximum", -1);
    if (low == null && high == null) {
      return whole ? json.anyInteger : json.anyNumber;
    }
    int fraction = whole ? 0 : Math.max(FRACTION_DIGITS, Math.max(scale(low), scale(high)));
    return new DecimalRange(terms, fraction).between(whole ? rounded(low, RoundingMode.CEILING) : low,
        whole ? rounded(high, RoundingMode.FLOOR) : high);
  }

  /** The tighter of two bounds; {@code direction} is 1 for lower ones. */
  private static DecimalRange.@Nullable Bound bound(Keywords keywords, String including, String excluding,
      int direction) {
    BigDecimal included = number(keywords, including);
    BigDecimal excluded = number(keywords, excluding);
    if (excluded != null && (included == null || direction * excluded.compareTo(included) >= 0)) {
      return new DecimalRange.Bound(excluded, false);
    }
    return included == null ? null : new DecimalRange.Bound(included, true);
  }

  private static @Nullable BigDecimal number(Keywords keywords, String keyword) {
    BigDecimal value = keywords.number(keyword);
    if (value != null && !DecimalRange.fits(value, MOST_FRACTION_DIGITS)) {
      throw FormatException.at(Code.TOO_LARGE, keywords.pointer(), keyword,
          "has more than 15 digits before or after its point");
    }
    return value;
  }

  private static int scale(DecimalRange.@Nullable Bound bound) {
    return bound == null ? 0 : Math.max(0, bound.value().stripTrailingZeros().scale());
  }

  /** A bound with a fraction is, for whole numbers, the next one, which is included. */
  private static DecimalRange.@Nullable Bound rounded(DecimalRange.@Nullable Bound bound, RoundingMode mode) {
    if (bound == null || bound.value().stripTrailingZeros().scale() <= 0) {
      return bound;
    }
    return new DecimalRange.Bound(bound.value().setScale(0, mode), true);
  }
}
