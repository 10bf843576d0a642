package org.clarion.models.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.clarion.models.grammar.Shape.Repeat;

/**
 * JSON's words. White space is bounded, so that no model can fill an answer with it: a space, or a new line and its
 * indentation, where a model usually puts one.
 */
final class JsonTerms {
  private static final int MAX_INDENT = 16;
  private static final int MAX_WHOLE_DIGITS = 15;
  private static final int MAX_FRACTION_DIGITS = 15;

  final Terms terms;
  final Characters characters;
  final Term anyString;
  final Term anyInteger;
  final Term anyNumber;
  final Term anyBoolean;
  /** Any character within a string. */
  final Term character;
  private final Term quote;
  private final Term pad;
  private final Term comma;
  private final Term colon;

  JsonTerms(Terms terms) {
    this.terms = terms;
    characters = new Characters(terms);
    character = characters.anyInJson();
    quote = terms.literal("\"");
    Term space = terms.literal(" ");
    pad = terms.alt(List.of(terms.blank, space,
        terms.seq(terms.literal("\n"), terms.repeat(space, 0, MAX_INDENT))));
    comma = terms.seq(terms.literal(","), pad);
    colon = terms.seq(terms.literal(":"), terms.optional(space));
    anyString = quoted(terms.repeat(character, 0, Repeat.UNBOUNDED));
    anyBoolean = terms.alt(List.of(terms.literal("true"), terms.literal("false")));
    Term digit = terms.bytes(ByteSet.range('0', '9'));
    Term whole = terms.alt(List.of(terms.literal("0"),
        terms.seq(terms.bytes(ByteSet.range('1', '9')), terms.repeat(digit, 0, MAX_WHOLE_DIGITS - 1))));
    anyInteger = terms.seq(terms.optional(terms.literal("-")), whole);
    Term sign = terms.alt(List.of(terms.blank, terms.literal("+"), terms.literal("-")));
    anyNumber = terms.seq(anyInteger,
        terms.optional(terms.seq(terms.literal("."), terms.repeat(digit, 1, MAX_FRACTION_DIGITS))),
        terms.optional(terms.seq(terms.alt(List.of(terms.literal("e"), terms.literal("E"))), sign,
            terms.repeat(digit, 1, 2))));
  }

  Term quoted(Term content) {
    return terms.seq(quote, content, quote);
  }

  /** A value as it is written without white space. */
  Term literal(JsonNode value) {
    return terms.literal(value.toString());
  }

  /** A property of an object. */
  Term property(String name, Term value) {
    return terms.seq(literal(TextNode.valueOf(name)), colon, value);
  }

  /** A property of any name but some; names that need escapes are left out. */
  Term otherProperty(Collection<String> names, Term value) {
    Term other = new Excluding(characters::utf8, terms, Characters.plainInJson()).words(names);
    return terms.seq(quoted(other), colon, value);
  }

  /**
   * An object.
   *
   * @param properties
   *          in the order in which they are written
   * @param others
   *          a property that may follow them any number of times; without text for none
   */
  Term object(List<Property> properties, Term others) {
    Term more = terms.repeat(terms.seq(comma, others), 0, Repeat.UNBOUNDED);
    Term empty = terms.literal("}");
    Term end = terms.seq(pad, empty);
    // From the back: what follows when a property was written before, and when none was.
    Term after = terms.seq(more, end);
    Term first = terms.alt(List.of(empty, terms.seq(pad, others, more, end)));
    for (Property property : properties.reversed()) {
      Term written = terms.seq(comma, property.term(), after);
      Term opening = terms.seq(pad, property.term(), after);
      after = property.required() ? written : terms.alt(List.of(written, after));
      first = property.required() ? opening : terms.alt(List.of(opening, first));
    }
    return terms.seq(terms.literal("{"), first);
  }

  /**
   * A property in its place.
   *
   * @param term
   *          name and value
   */
  record Property(Term term, boolean required) {}

  /**
   * An array.
   *
   * @param leading
   *          its first items, all of which are written
   * @param item
   *          what further items are; without text for none
   * @param min
   *          of further items
   * @param max
   *          of further items
   */
  Term array(List<Term> leading, Term item, int min, int max) {
    Term close = terms.seq(pad, terms.literal("]"));
    List<Term> parts = new ArrayList<>();
    parts.add(terms.literal("["));
    if (leading.isEmpty()) {
      Term filled = max == 0
          ? terms.none
          : terms.seq(pad, item, terms.repeat(terms.seq(comma, item), Math.max(0, min - 1), less(max)), close);
      parts.add(min == 0 ? terms.alt(List.of(terms.literal("]"), filled)) : filled);
    } else {
      parts.add(pad);
      for (int i = 0; i < leading.size(); i++) {
        parts.add(i == 0 ? leading.get(i) : terms.seq(comma, leading.get(i)));
      }
      parts.add(terms.repeat(terms.seq(comma, item), min, max));
      parts.add(close);
    }
    return terms.seq(parts.toArray(Term[]::new));
  }

  private static int less(int max) {
    return max == Repeat.UNBOUNDED ? max : max - 1;
  }

  /** Any value, whose arrays and objects are as deep as {@code nested} says. */
  Term value(Term nested) {
    Term other = terms.seq(quoted(terms.repeat(character, 0, Repeat.UNBOUNDED)), colon, nested);
    return terms.alt(List.of(anyString, anyNumber, anyBoolean, terms.literal("null"),
        array(List.of(), nested, 0, Repeat.UNBOUNDED), object(List.of(), other)));
  }
}
