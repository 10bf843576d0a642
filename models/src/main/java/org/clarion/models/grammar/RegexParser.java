package org.clarion.models.grammar;

import java.util.ArrayList;
import java.util.List;
import org.clarion.models.grammar.Shape.Repeat;

/**
 * Regular expressions, ECMAScript's spelling: characters, {@code .}, classes, {@code \d \w \s} and their opposites,
 * groups, choices, repetitions, anchors at the ends of whole choices. Everything else is refused by name.
 *
 * <p>
 * What engines disagree on is taken narrowly: a text that is allowed here matches everywhere.
 */
final class RegexParser {
  private static final int MAX_NESTING = 32;
  private static final CodePoints DIGIT = CodePoints.range('0', '9');
  private static final CodePoints WORD = DIGIT.or(CodePoints.range('a', 'z')).or(CodePoints.range('A', 'Z'))
      .or(CodePoints.of("_"));
  private static final CodePoints SPACE = CodePoints.of(" \t\n\r\f\u000b");
  /** Spaces of some engines only. */
  private static final CodePoints ODD_SPACE = CodePoints.of("\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff")
      .or(CodePoints.range(0x2000, 0x200a));
  private static final CodePoints LINE_END = CodePoints.of("\n\r\u0085\u2028\u2029");

  private final String pattern;
  private final Terms terms;
  private final Characters.Spelling spelling;
  private final FormatLimits limits;
  private int at;
  /** Within an inverted class: what engines disagree on is then in the set that is taken away. */
  private boolean inverted;

  /** A part and how many places it has. */
  private record Part(Term term, long weight) {}

  private RegexParser(String pattern, Terms terms, Characters.Spelling spelling, FormatLimits limits) {
    this.pattern = pattern;
    this.terms = terms;
    this.spelling = spelling;
    this.limits = limits;
  }

  /**
   * The texts that the expression is found in.
   *
   * @param whole
   *          it has to match from the first to the last character, anchors or not
   * @throws FormatException
   *           naming the place
   */
  static Term parse(String pattern, boolean whole, Terms terms, Characters.Spelling spelling, FormatLimits limits) {
    limits.check("the number of characters of a pattern", pattern.length(), limits.pattern());
    return new RegexParser(pattern, terms, spelling, limits).top(whole);
  }

  private Term top(boolean whole) {
    Term anything = terms.repeat(spelling.of(CodePoints.ALL), 0, Repeat.UNBOUNDED);
    List<Term> choices = new ArrayList<>();
    long weight = 0;
    do {
      boolean fromStart = take('^') || whole;
      Part choice = sequence(0);
      boolean toEnd = take('$') || whole;
      weight += choice.weight();
      choices.add(terms.seq(fromStart ? terms.blank : anything, choice.term(), toEnd ? terms.blank : anything));
    } while (take('|'));
    if (at < pattern.length()) {
      throw peek() == ')' ? invalid("a ')' without '('") : unsupported("an anchor within a choice");
    }
    limits.check("the weight of the pattern", weight, limits.patternWeight());
    return terms.alt(choices);
  }

  private Part choices(int nesting) {
    List<Term> choices = new ArrayList<>();
    long weight = 0;
    do {
      Part choice = sequence(nesting);
      choices.add(choice.term());
      weight += choice.weight();
    } while (take('|'));
    return new Part(terms.alt(choices), weight);
  }

  private Part sequence(int nesting) {
    List<Term> parts = new ArrayList<>(List.of(terms.blank));
    long weight = 0;
    while (at < pattern.length() && "|)^$".indexOf(peek()) < 0) {
      Part part = repeated(atom(nesting));
      parts.add(part.term());
      weight += part.weight();
    }
    return new Part(terms.seq(parts.toArray(Term[]::new)), weight);
  }

  private Part atom(int nesting) {
    int character = pattern.codePointAt(at);
    at += Character.charCount(character);
    return switch (character) {
      case '(' -> group(nesting + 1);
      case '[' -> set(characterClass());
      case '.' -> set(CodePoints.ALL.minus(LINE_END));
      case '\\' -> set(escape(false));
      case '*', '+', '?', '{' -> throw invalid("a repetition of nothing");
      case '}', ']' -> throw unsupported("a bracket that is not escaped");
      default -> set(one(character));
    };
  }

  private Part set(CodePoints set) {
    return new Part(spelling.of(set), 1);
  }

  private CodePoints one(int character) {
    if (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) {
      throw unsupported("half a surrogate pair");
    }
    return CodePoints.range(character, character);
  }

  private Part group(int nesting) {
    limits.check("the nesting of a pattern", nesting, MAX_NESTING);
    if (take('?') && !take(':')) {
      throw unsupported("a group of the kind '(?" + (at < pattern.length() ? peek() : "") + "'");
    }
    Part inner = choices(nesting);
    if (at < pattern.length() && peek() != ')') {
      throw unsupported("an anchor within a group");
    }
    if (!take(')')) {
      throw invalid("a '(' without ')'");
    }
    return inner;
  }

  private Part repeated(Part part) {
    int min;
    int max;
    if (take('*')) {
      min = 0;
      max = Repeat.UNBOUNDED;
    } else if (take('+')) {
      min = 1;
      max = Repeat.UNBOUNDED;
    } else if (take('?')) {
      min = 0;
      max = 1;
    } else if (take('{')) {
      min = number();
      max = take(',') ? peekIs('}') ? Repeat.UNBOUNDED : number() : min;
      if (!take('}')) {
        throw invalid("a repetition that is not closed");
      }
      if (max < min) {
        throw invalid("a repetition from " + min + " to " + max);
      }
    } else {
      return part;
    }
    // Reluctant or not, the texts are the same.
    take('?');
    if (at < pattern.length() && "*+?{".indexOf(peek()) >= 0) {
      throw unsupported("a repetition of a repetition");
    }
    int rounds = max == Repeat.UNBOUNDED ? Math.max(1, min) : max;
    return new Part(terms.repeat(part.term(), min, max), part.weight() * rounds);
  }

  private int number() {
    int from = at;
    while (at < pattern.length() && peek() >= '0' && peek() <= '9') {
      at++;
    }
    if (from == at) {
      throw invalid("a repetition without a number");
    }
    limits.check("the number of digits of a repetition", at - (long) from, 6);
    return Integer.parseInt(pattern.substring(from, at));
  }

  private CodePoints characterClass() {
    inverted = take('^');
    CodePoints set = CodePoints.NONE;
    if (peekIs(']')) {
      throw unsupported("an empty class");
    }
    while (!take(']')) {
      CodePoints low = member();
      boolean range = peekIs('-') && at + 1 < pattern.length() && pattern.charAt(at + 1) != ']';
      if (range) {
        at++;
        CodePoints high = member();
        if (low.ranges().length != 2 || high.ranges().length != 2 || low.ranges()[0] != low.ranges()[1]
            || high.ranges()[0] != high.ranges()[1] || low.ranges()[0] > high.ranges()[0]) {
          throw invalid("a range of a class whose ends are not two ascending characters");
        }
        set = set.or(CodePoints.range(low.ranges()[0], high.ranges()[0]).and(CodePoints.ALL));
      } else {
        set = set.or(low);
      }
    }
    CodePoints result = inverted ? CodePoints.ALL.minus(set) : set;
    inverted = false;
    return result;
  }

  private CodePoints member() {
    if (at >= pattern.length()) {
      throw invalid("a class that is not closed");
    }
    int character = pattern.codePointAt(at);
    at += Character.charCount(character);
    if (character == '[' || (character == '&' && peekIs('&'))) {
      throw unsupported("'" + (char) character + "' within a class");
    }
    return character == '\\' ? escape(true) : one(character);
  }

  private CodePoints escape(boolean inClass) {
    if (at >= pattern.length()) {
      throw invalid("a '\\' at the end");
    }
    char kind = pattern.charAt(at++);
    return switch (kind) {
      case 'd' -> DIGIT;
      case 'D' -> CodePoints.ALL.minus(DIGIT);
      case 'w' -> WORD;
      case 'W' -> CodePoints.ALL.minus(WORD);
      case 's' -> inverted ? SPACE.or(ODD_SPACE) : SPACE;
      case 'S' -> CodePoints.ALL.minus(inverted ? SPACE : SPACE.or(ODD_SPACE));
      case 't' -> CodePoints.of("\t");
      case 'n' -> CodePoints.of("\n");
      case 'r' -> CodePoints.of("\r");
      case 'f' -> CodePoints.of("\f");
      case 'x' -> one(hex(2));
      case 'u' -> one(hex(4));
      case '-' -> CodePoints.of("-");
      default -> {
        if (Character.isLetterOrDigit(kind) || kind > 0x7F) {
          throw unsupported("the escape '\\" + kind + "'" + (inClass ? " within a class" : ""));
        }
        yield CodePoints.of(String.valueOf(kind));
      }
    };
  }

  private int hex(int digits) {
    String text = pattern.substring(at, Math.min(pattern.length(), at + digits));
    at += text.length();
    if (text.length() < digits || !text.chars().allMatch(c -> c < 0x80 && Character.digit(c, 16) >= 0)) {
      throw invalid("an escape without its " + digits + " hexadecimal digits");
    }
    return Integer.parseInt(text, 16);
  }

  private char peek() {
    return pattern.charAt(at);
  }

  private boolean peekIs(char wanted) {
    return at < pattern.length() && peek() == wanted;
  }

  private boolean take(char wanted) {
    boolean there = peekIs(wanted);
    at += there ? 1 : 0;
    return there;
  }

  private FormatException invalid(String what) {
    return new FormatException(FormatException.Code.INVALID, "the pattern has " + what + " before character " + at);
  }

  private FormatException unsupported(String what) {
    return new FormatException(FormatException.Code.UNSUPPORTED,
        "the pattern has " + what + " before character " + at + ", which is not supported");
  }
}
