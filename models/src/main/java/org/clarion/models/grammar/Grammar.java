package org.clarion.models.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * A format as an automaton over bytes: what an answer may be, and from every state on what may still come. Whatever is
 * allowed can be completed: there are no dead ends as long as each byte of the alphabet is a token of its own.
 *
 * <p>
 * One thread at a time. How the words of schemas and patterns are taken is told in {@code docs/structured-output.md}.
 */
public final class Grammar {
  private final Terms terms;
  private final Term start;

  private Grammar(Terms terms, Term start) {
    this.terms = terms;
    this.start = start;
  }

  /**
   * Compiles a format.
   *
   * @param alphabet
   *          bytes that may be used: of the vocabulary, see {@link Vocabulary#alphabet}
   * @param firstSpaceVanishes
   *          whether an answer's first byte, if it is a space, is not part of its text
   * @throws FormatException
   *           when it is wrong, not supported, too large, or no text of the alphabet has it
   */
  public static Grammar compile(OutputFormat format, ByteSet alphabet, boolean firstSpaceVanishes,
      FormatLimits limits) {
    Terms terms = new Terms(alphabet, limits);
    Term whole = switch (format) {
      case OutputFormat.AnyJson _ -> SchemaCompiler.anyObject(terms, limits);
      case OutputFormat.JsonSchema(String schema) -> SchemaCompiler.compile(schema, terms, limits);
      case OutputFormat.Sections(List<String> titles) -> Sections.of(titles, terms, limits);
      case OutputFormat.Regex(String pattern) ->
        RegexParser.parse(pattern, true, terms, new Characters(terms)::utf8, limits);
    };
    Term start = firstSpaceVanishes ? afterSpace(whole, terms) : whole;
    if (start.equals(terms.none)) {
      throw new FormatException(FormatException.Code.UNSATISFIABLE, "no answer can have this format");
    }
    terms.compiled();
    return new Grammar(terms, start);
  }

  /** The texts after a space that vanishes; and those that do not begin with a space, without one. */
  private static Term afterSpace(Term whole, Terms terms) {
    List<Term> choices = new ArrayList<>();
    choices.add(terms.seq(terms.literal(" "), whole));
    if (whole.nullable) {
      choices.add(terms.blank);
    }
    for (int value = 0; value < 256; value++) {
      if (value != ' ') {
        choices.add(terms.seq(terms.bytes(ByteSet.range(value, value)), terms.next(whole, value)));
      }
    }
    return terms.alt(choices);
  }

  Terms terms() {
    return terms;
  }

  Term start() {
    return start;
  }
}
