package org.clarion.gateway.dicom;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Elements by tag, over the bytes that they were parsed from. Absent and empty are the same. Not thread-safe. */
final class DataSet {
  /** No text that is looked at is longer, whatever its element says. */
  private static final int LONGEST_TEXT = 4096;
  private static final int LONGEST_NUMBER = 64;
  private static final Pattern DECIMAL = Pattern.compile("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");

  private final byte[] bytes;
  private final Map<Integer, Element> elements = new HashMap<>();

  DataSet(byte[] bytes) {
    this.bytes = bytes;
  }

  void add(Element element) {
    elements.put(element.tag(), element);
  }

  byte[] bytes() {
    return bytes;
  }

  @Nullable
  Element element(int tag) {
    Element element = elements.get(tag);
    return element == null || element.empty() ? null : element;
  }

  boolean has(int tag) {
    return element(tag) != null;
  }

  /** Items of a sequence. */
  List<DataSet> items(int tag) {
    Element element = element(tag);
    return element == null ? List.of() : element.items();
  }

  /** The first of the 16-bit numbers of an element, unsigned. */
  OptionalInt number(int tag) throws DicomException {
    Element element = element(tag);
    return element == null ? OptionalInt.empty() : OptionalInt.of(numbers(element, 1)[0]);
  }

  /** Some 16-bit numbers of an element, unsigned; the element must be there and have so many. */
  int[] numbers(Element element, int count) throws DicomException {
    boolean numeric = switch (element.vr()) {
      case US, SS, OW, UN, IMPLICIT -> true;
      default -> false;
    };
    if (!numeric || element.length() < 2 * count) {
      throw new DicomException(Failure.MALFORMED, "attribute " + Tag.name(element.tag()) + " is no " + (count == 1
          ? "16-bit number"
          : "list of " + count + " 16-bit numbers"));
    }
    int[] numbers = new int[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = element.encoding().two(bytes, element.at() + 2 * i);
    }
    return numbers;
  }

  /** Text without its padding; empty when absent. Bytes above 127 are taken as ISO 8859-1. */
  String text(int tag) {
    Element element = element(tag);
    return element == null
        ? ""
        : new String(bytes, element.at(), Math.min(element.length(), LONGEST_TEXT), StandardCharsets.ISO_8859_1)
            .replace('\0', ' ').strip();
  }

  /** Values of a text that are separated by backslashes. */
  String[] texts(int tag) {
    String text = text(tag);
    return text.isEmpty() ? new String[0] : text.split("\\\\", -1);
  }

  /** The first of an element's decimal strings; not a number when it is none. */
  OptionalDouble decimal(int tag) {
    String[] texts = texts(tag);
    return texts.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(decimal(texts[0].strip()));
  }

  static double decimal(String text) {
    return text.length() <= LONGEST_NUMBER && DECIMAL.matcher(text).matches() ? Double.parseDouble(text) : Double.NaN;
  }
}
