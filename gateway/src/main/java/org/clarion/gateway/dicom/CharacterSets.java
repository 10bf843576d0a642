package org.clarion.gateway.dicom;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Texts of persons' names: character sets by their defined terms, and code extension by escape sequences (PS3.5,
 * chapter 6, and PS3.3, C.12.1.1.2). What cannot be decoded becomes replacement characters.
 */
final class CharacterSets {
  private static final int ESCAPE = 0x1B;
  private static final int LONGEST = 4096;
  private static final Map<String, String> SINGLE = Map.ofEntries(Map.entry("6", "US-ASCII"),
      Map.entry("100", "ISO-8859-1"), Map.entry("101", "ISO-8859-2"), Map.entry("109", "ISO-8859-3"),
      Map.entry("110", "ISO-8859-4"), Map.entry("144", "ISO-8859-5"), Map.entry("127", "ISO-8859-6"),
      Map.entry("126", "ISO-8859-7"), Map.entry("138", "ISO-8859-8"), Map.entry("148", "ISO-8859-9"),
      Map.entry("203", "ISO-8859-15"), Map.entry("13", "JIS_X0201"), Map.entry("166", "TIS-620"),
      Map.entry("192", "UTF-8"), Map.entry("149", "EUC-KR"), Map.entry("58", "GB2312"));
  /** Intermediate and final bytes of an escape sequence, and the set that it calls. */
  private static final Map<String, String> ESCAPES = Map.ofEntries(Map.entry("(B", "US-ASCII"),
      Map.entry("(J", "JIS_X0201"), Map.entry(")I", "JIS_X0201"), Map.entry("$B", "x-JIS0208"),
      Map.entry("$@", "x-JIS0208"), Map.entry("$(D", "JIS_X0212-1990"), Map.entry("$)C", "EUC-KR"),
      Map.entry("$)A", "GB2312"), Map.entry("-A", "ISO-8859-1"), Map.entry("-B", "ISO-8859-2"),
      Map.entry("-C", "ISO-8859-3"), Map.entry("-D", "ISO-8859-4"), Map.entry("-L", "ISO-8859-5"),
      Map.entry("-G", "ISO-8859-6"), Map.entry("-F", "ISO-8859-7"), Map.entry("-H", "ISO-8859-8"),
      Map.entry("-M", "ISO-8859-9"), Map.entry("-b", "ISO-8859-15"), Map.entry("-T", "TIS-620"));

  private CharacterSets() {}

  /** A text value, without padding. */
  static String decode(byte[] bytes, Element element, String[] terms) {
    Charset first = terms.length == 0 ? StandardCharsets.US_ASCII : named(terms[0].strip());
    int end = element.at() + Math.min(element.length(), LONGEST);
    StringBuilder text = new StringBuilder();
    Charset set = first;
    int from = element.at();
    int at = from;
    while (at < end) {
      int value = bytes[at] & 0xFF;
      if (value == ESCAPE) {
        text.append(string(bytes, from, at, set));
        int length = escapeLength(bytes, at, end);
        set = charset(ESCAPES.get(new String(bytes, at + 1, length - 1, StandardCharsets.ISO_8859_1)), first);
        at += length;
        from = at;
      } else if (delimiter(value) && separable(set)) {
        // A delimiter calls the first set back.
        text.append(string(bytes, from, at, set)).append((char) value);
        set = first;
        from = ++at;
      } else {
        at += twoBytes(set) ? 2 : 1;
      }
    }
    return text.append(string(bytes, from, end, set)).toString().replace('\0', ' ').strip();
  }

  private static int escapeLength(byte[] bytes, int at, int end) {
    // Escape, intermediate bytes, and a final one (ISO 2022).
    int length = at + 2 < end && bytes[at + 1] == '$' && (bytes[at + 2] == '(' || bytes[at + 2] == ')') ? 4 : 3;
    return Math.min(length, end - at);
  }

  private static boolean delimiter(int value) {
    return value == '^' || value == '=' || value == '\\' || value == '\r' || value == '\n' || value == '\f';
  }

  /** Whether a delimiter's byte is always a delimiter. */
  private static boolean separable(Charset set) {
    return !twoBytes(set) && !set.name().equals("GB18030") && !set.name().equals("GBK");
  }

  /** Sets of pairs in which every byte, a delimiter's too, may be half a character. */
  private static boolean twoBytes(Charset set) {
    return set.name().equals("x-JIS0208") || set.name().equals("JIS_X0212-1990");
  }

  private static String string(byte[] bytes, int from, int to, Charset set) {
    return new String(bytes, Math.min(from, to), Math.max(0, to - from), set);
  }

  private static Charset named(String term) {
    if (term.equals("GB18030") || term.equals("GBK")) {
      return charset(term, StandardCharsets.US_ASCII);
    }
    String number = term.substring(term.lastIndexOf(' ') + 1);
    return charset(SINGLE.get(term.startsWith("ISO") ? number : ""), StandardCharsets.US_ASCII);
  }

  private static Charset charset(@Nullable String name, Charset otherwise) {
    return name != null && Charset.isSupported(name) ? Charset.forName(name) : otherwise;
  }
}
