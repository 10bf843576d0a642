package org.clarion.gateway.dicom;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bytes to elements (PS3.5, chapter 7). Every length is checked against what is there before it is believed, nesting
 * and the number of elements are bounded, and nothing is copied. Parsing ends at the pixels of the outermost data set:
 * nothing behind them matters here. One use, one thread.
 */
final class DataSetParser {
  /** Structured reports reach about ten. */
  private static final int MOST_LEVELS = 32;
  /** Each costs about 100 bytes of memory for at least eight of the file. */
  private static final int MOST_ELEMENTS = 100_000;
  private static final long UNDEFINED = 0xFFFFFFFFL;

  private final byte[] bytes;
  private int elements;

  DataSetParser(byte[] bytes) {
    this.bytes = bytes;
  }

  /** An element's head: what it is and where its value starts. */
  private record Head(int tag, Vr vr, int at, long length) {}

  /** What is read now: up to where, and how. */
  private record Span(int end, Encoding encoding, int level) {
    Span inner(int innerEnd, Encoding innerEncoding) throws DicomException {
      if (level >= MOST_LEVELS) {
        throw new DicomException(Failure.TOO_DEEP, "sequences are nested more than " + MOST_LEVELS + " levels deep");
      }
      return new Span(innerEnd, innerEncoding, level + 1);
    }
  }

  /** Reads group 2 into a data set and returns the place behind it. */
  int meta(DataSet into, int from) throws DicomException {
    Span span = new Span(bytes.length, Encoding.EXPLICIT_LITTLE, 0);
    int at = from;
    while (at < bytes.length) {
      need(at, 8, span);
      if (span.encoding.two(bytes, at) != 2) {
        return at;
      }
      at = element(into, head(at, span), span);
    }
    return at;
  }

  /** Reads from a place to the pixels or to the end. */
  DataSet dataSet(int from, Encoding encoding) throws DicomException {
    DataSet into = new DataSet(bytes);
    elements(into, from, new Span(bytes.length, encoding, 0), false);
    return into;
  }

  private int elements(DataSet into, int from, Span span, boolean delimited) throws DicomException {
    int at = from;
    while (at < span.end) {
      need(at, 8, span);
      Head head = head(at, span);
      if (head.tag == Tag.ITEM_END && delimited) {
        return at + 8;
      }
      if (head.tag >>> 16 == 0xFFFE) {
        throw malformed("there is an item or a delimiter outside of a sequence");
      }
      at = element(into, head, span);
      if (head.tag == Tag.PIXEL_DATA && span.level == 0) {
        return at;
      }
    }
    if (delimited) {
      throw over("an item of undefined length has no end", span);
    }
    return at;
  }

  private Head head(int at, Span span) throws DicomException {
    Encoding encoding = span.encoding;
    int tag = encoding.tag(bytes, at);
    if (tag >>> 16 == 0xFFFE || !encoding.explicit()) {
      return new Head(tag, Vr.IMPLICIT, at + 8, encoding.four(bytes, at + 4));
    }
    Vr vr = Vr.of(bytes[at + 4], bytes[at + 5]);
    if (vr == null) {
      throw malformed("attribute " + Tag.name(tag) + " has no value representation that DICOM knows");
    }
    if (!vr.wide()) {
      return new Head(tag, vr, at + 8, encoding.two(bytes, at + 6));
    }
    need(at, 12, span);
    return new Head(tag, vr, at + 12, encoding.four(bytes, at + 8));
  }

  /** Reads or skips a value and returns the place behind it. */
  private int element(DataSet into, Head head, Span span) throws DicomException {
    count();
    if (head.length == UNDEFINED) {
      return undefined(into, head, span);
    }
    if (head.length > span.end - head.at) {
      throw over("attribute " + Tag.name(head.tag) + " announces " + head.length + " bytes where "
          + (span.end - head.at) + " are left", span);
    }
    int length = (int) head.length;
    List<DataSet> items = List.of();
    if (sequence(head)) {
      items = new ArrayList<>();
      var _ = items(items, head.at, span.inner(head.at + length, span.encoding), false);
    }
    into.add(new Element(head.tag, head.vr, head.at, length, span.encoding, items));
    return head.at + length;
  }

  private int undefined(DataSet into, Head head, Span span) throws DicomException {
    if (head.tag == Tag.PIXEL_DATA) {
      into.add(new Element(head.tag, head.vr, head.at, Element.UNDEFINED, span.encoding, List.of()));
      // The picture's own fragments are read later; an icon's are passed over.
      return span.level == 0 ? head.at : fragments(head.at, span);
    }
    List<DataSet> items = new ArrayList<>();
    int end = switch (head.vr) {
      case SQ, IMPLICIT -> items(items, head.at, span.inner(span.end, span.encoding), true);
      // A sequence whose writer did not know the attribute is written implicitly (PS3.5, section 6.2.2).
      case UN -> items(items, head.at, span.inner(span.end, Encoding.IMPLICIT_LITTLE), true);
      default -> throw malformed("attribute " + Tag.name(head.tag) + " of representation " + head.vr
          + " has an undefined length");
    };
    into.add(new Element(head.tag, head.vr, head.at, 0, span.encoding, items));
    return end;
  }

  /** Without written representations only the tables' sequences are known; others of defined length are passed over. */
  private static boolean sequence(Head head) {
    return head.vr == Vr.SQ || (head.vr == Vr.IMPLICIT && (head.tag == Tag.MODALITY_LUT_SEQUENCE
        || head.tag == Tag.VOI_LUT_SEQUENCE));
  }

  private int items(List<DataSet> into, int from, Span span, boolean delimited) throws DicomException {
    int at = from;
    while (at < span.end) {
      @Nullable
      Head item = item(at, span);
      if (item == null) {
        if (!delimited) {
          throw malformed("a sequence of defined length has a delimiter");
        }
        return at + 8;
      }
      DataSet set = new DataSet(bytes);
      into.add(set);
      if (item.length == UNDEFINED) {
        at = elements(set, item.at, span, true);
      } else {
        at = (int) (item.at + item.length);
        var _ = elements(set, item.at, new Span(at, span.encoding, span.level), false);
      }
    }
    if (delimited) {
      throw over("a sequence of undefined length has no end", span);
    }
    return at;
  }

  private int fragments(int from, Span span) throws DicomException {
    int at = from;
    while (at < span.end) {
      @Nullable
      Head item = item(at, span);
      if (item == null) {
        return at + 8;
      }
      if (item.length == UNDEFINED) {
        throw malformed("a fragment of pixels has an undefined length");
      }
      at = (int) (item.at + item.length);
    }
    throw over("encapsulated pixels have no end", span);
  }

  /** The head of an item that fits, or null at a sequence's end. */
  private @Nullable Head item(int at, Span span) throws DicomException {
    need(at, 8, span);
    count();
    Head head = head(at, span);
    if (head.tag == Tag.SEQUENCE_END) {
      return null;
    }
    if (head.tag != Tag.ITEM) {
      throw malformed("there is no item where one must be");
    }
    if (head.length != UNDEFINED && head.length > span.end - head.at) {
      throw over("an item announces " + head.length + " bytes where " + (span.end - head.at) + " are left", span);
    }
    return head;
  }

  private void count() throws DicomException {
    if (++elements > MOST_ELEMENTS) {
      throw new DicomException(Failure.TOO_LARGE, "the data set has more than " + MOST_ELEMENTS + " elements");
    }
  }

  private void need(int at, int count, Span span) throws DicomException {
    if (count > span.end - at) {
      throw over("there are " + (span.end - at) + " bytes where an element starts", span);
    }
  }

  /** Past the end of the file it was cut; past the end of something inside it is wrong. */
  private DicomException over(String what, Span span) {
    return new DicomException(span.end == bytes.length ? Failure.TRUNCATED : Failure.MALFORMED, what);
  }

  private static DicomException malformed(String what) {
    return new DicomException(Failure.MALFORMED, what);
  }
}
