package org.clarion.models.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Sets of characters as terms over bytes: plain UTF-8, or as they stand in a JSON string. */
final class Characters {
  private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF};
  private static final CodePoints CONTROL = CodePoints.range(0, 0x1F);
  /** What a JSON string cannot hold as it is. */
  private static final CodePoints ESCAPED = CONTROL.or(CodePoints.of("\"\\"));

  /** How one character of a set is written. */
  interface Spelling {
    Term of(CodePoints set);
  }

  private final Terms terms;
  private final Map<CodePoints, Term> utf8 = new HashMap<>();

  Characters(Terms terms) {
    this.terms = terms;
  }

  /** Any of the set in UTF-8. */
  Term utf8(CodePoints set) {
    Term known = utf8.get(set);
    if (known == null) {
      List<Term> choices = new ArrayList<>();
      for (int i = 0; i < set.ranges().length; i += 2) {
        addRange(set.ranges()[i], set.ranges()[i + 1], choices);
      }
      known = terms.alt(choices);
      utf8.put(set, known);
    }
    return known;
  }

  /** Any of the set within a JSON string, each in one way: escaped only where it has to be. */
  Term inJson(CodePoints set) {
    List<Term> choices = new ArrayList<>();
    choices.add(utf8(set.minus(ESCAPED)));
    CodePoints escaped = set.and(ESCAPED);
    for (int i = 0; i < escaped.ranges().length; i += 2) {
      for (int character = escaped.ranges()[i]; character <= escaped.ranges()[i + 1]; character++) {
        choices.add(terms.literal(escape(character)));
      }
    }
    return terms.alt(choices);
  }

  /** Any character of a JSON string in any way to write it. */
  Term anyInJson() {
    Term hex = terms.bytes(hexDigits());
    Term low = terms.bytes(ByteSet.range('0', '7'));
    Term notD = terms.bytes(ByteSet.range('0', '9').or(ByteSet.range('a', 'c')).or(ByteSet.range('A', 'C'))
        .or(ByteSet.range('e', 'f')).or(ByteSet.range('E', 'F')));
    Term d = terms.bytes(ByteSet.range('d', 'd').or(ByteSet.range('D', 'D')));
    // Not D800 to DFFF, which are half a character.
    Term four = terms.seq(terms.alt(List.of(terms.seq(notD, hex), terms.seq(d, low))), hex, hex);
    Term simple = terms.alt("\"\\/bfnrt".chars().mapToObj(c -> terms.bytes(ByteSet.range(c, c))).toList());
    return terms.alt(List.of(utf8(CodePoints.ALL.minus(ESCAPED)),
        terms.seq(terms.literal("\\"), terms.alt(List.of(simple, terms.seq(terms.literal("u"), four))))));
  }

  /** Characters that stand in a JSON string as they are. */
  static CodePoints plainInJson() {
    return CodePoints.ALL.minus(ESCAPED);
  }

  private static ByteSet hexDigits() {
    return ByteSet.range('0', '9').or(ByteSet.range('a', 'f')).or(ByteSet.range('A', 'F'));
  }

  private static String escape(int character) {
    return switch (character) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case '\f' -> "\\f";
      case '\b' -> "\\b";
      default -> String.format("\\u%04x", character);
    };
  }

  /** Cuts a range until the bytes at each place of its UTF-8 are independent of those at the other places. */
  private void addRange(int from, int to, List<Term> choices) {
    for (int last : LAST_OF_LENGTH) {
      if (from <= last && last < to) {
        addRange(from, last, choices);
        addRange(last + 1, to, choices);
        return;
      }
    }
    if (to > LAST_OF_LENGTH[0]) {
      for (int place = 1; place < 4; place++) {
        int mask = (1 << (6 * place)) - 1;
        if ((from & ~mask) != (to & ~mask)) {
          int cut = (from & mask) != 0 ? from | mask : (to & mask) != mask ? (to & ~mask) - 1 : -1;
          if (cut >= 0) {
            addRange(from, cut, choices);
            addRange(cut + 1, to, choices);
            return;
          }
        }
      }
    }
    byte[] first = bytes(from);
    byte[] last = bytes(to);
    Term term = terms.blank;
    for (int i = first.length - 1; i >= 0; i--) {
      term = terms.seq(terms.bytes(ByteSet.range(first[i] & 0xFF, last[i] & 0xFF)), term);
    }
    choices.add(term);
  }

  private static byte[] bytes(int character) {
    return Character.toString(character).getBytes(StandardCharsets.UTF_8);
  }
}
