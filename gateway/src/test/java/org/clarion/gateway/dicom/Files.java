package org.clarion.gateway.dicom;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * DICOM files for tests: elements by tag, written in the order of their tags, explicitly or implicitly. Starts as a
 * small unsigned 16-bit radiograph.
 */
final class Files {
  private static final int ROWS = 12;
  private static final int COLUMNS = 10;

  private record Value(String vr, byte[] bytes) {}

  private final TreeMap<Integer, Value> values = new TreeMap<>(Integer::compareUnsigned);
  private String syntax = "1.2.840.10008.1.2.1";
  private boolean explicit = true;
  private boolean preamble = true;

  static byte[] resource(String name) throws IOException {
    try (InputStream in = Files.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("no resource " + name);
      }
      return in.readAllBytes();
    }
  }

  /** 10x12 pixels of 12 bits whose values are 30 times their place. */
  static Files radiograph() {
    Files file = new Files();
    file.text(Tag.MODALITY, "CS", "DX").text(Tag.PATIENT_NAME, "PN", "Secret^Patient");
    file.number(Tag.SAMPLES_PER_PIXEL, 1).text(Tag.PHOTOMETRIC_INTERPRETATION, "CS", "MONOCHROME2");
    file.number(Tag.ROWS, ROWS).number(Tag.COLUMNS, COLUMNS).bits(16, 12, 11, 0);
    return file.window("LINEAR_EXACT", "1785", "3570").pixels(IntStream.range(0, ROWS * COLUMNS).map(i -> 30 * i)
        .toArray());
  }

  Files implicit() {
    explicit = false;
    syntax = "1.2.840.10008.1.2";
    return this;
  }

  Files naked() {
    preamble = false;
    return this;
  }

  Files syntax(String uid) {
    syntax = uid;
    return this;
  }

  Files bits(int allocated, int stored, int high, int signed) {
    return number(Tag.BITS_ALLOCATED, allocated).number(Tag.BITS_STORED, stored).number(Tag.HIGH_BIT, high)
        .number(Tag.PIXEL_REPRESENTATION, signed);
  }

  Files window(String function, String center, String width) {
    return text(Tag.VOI_LUT_FUNCTION, "CS", function).text(Tag.WINDOW_CENTER, "DS", center).text(Tag.WINDOW_WIDTH, "DS",
        width);
  }

  Files without(int tag) {
    values.remove(tag);
    return this;
  }

  Files number(int tag, int... numbers) {
    return value(tag, "US", words(numbers));
  }

  Files text(int tag, String vr, String text) {
    return value(tag, vr, (text.length() % 2 == 0 ? text : text + " ").getBytes(StandardCharsets.ISO_8859_1));
  }

  Files value(int tag, String vr, byte[] bytes) {
    values.put(tag, new Value(vr, bytes));
    return this;
  }

  Files pixels(int... pixels) {
    return value(Tag.PIXEL_DATA, "OW", words(pixels));
  }

  /** One sequence of one item with a lookup table. */
  Files table(int sequence, int first, int bits, int... entries) {
    Files item = new Files();
    item.explicit = explicit;
    item.number(Tag.LUT_DESCRIPTOR, entries.length, first, bits).number(Tag.LUT_DATA, entries);
    byte[] body = item.body();
    byte[] bytes = buffer(8 + body.length).putInt(swapped(Tag.ITEM)).putInt(body.length).put(body).array();
    return value(sequence, "SQ", bytes);
  }

  /** One frame in fragments, with an empty offset table. */
  Files frame(byte[]... fragments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(buffer(8).putInt(swapped(Tag.ITEM)).array());
    for (byte[] fragment : fragments) {
      out.writeBytes(buffer(8).putInt(swapped(Tag.ITEM)).putInt(fragment.length).array());
      out.writeBytes(fragment);
    }
    out.writeBytes(buffer(8).putInt(swapped(Tag.SEQUENCE_END)).array());
    return value(Tag.PIXEL_DATA, "encapsulated", out.toByteArray());
  }

  byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (preamble) {
      out.writeBytes(new byte[128]);
      out.writeBytes("DICM".getBytes(StandardCharsets.US_ASCII));
      Files meta = new Files();
      out.writeBytes(meta.text(Tag.TRANSFER_SYNTAX, "UI", syntax).body());
    }
    out.writeBytes(body());
    return out.toByteArray();
  }

  private byte[] body() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    values.forEach((tag, value) -> {
      boolean undefined = value.vr.equals("encapsulated");
      String vr = undefined ? "OB" : value.vr;
      int length = undefined ? -1 : value.bytes.length;
      out.writeBytes(buffer(4).putInt(swapped(tag)).array());
      if (!explicit) {
        out.writeBytes(buffer(4).putInt(length).array());
      } else {
        out.writeBytes(vr.getBytes(StandardCharsets.US_ASCII));
        boolean wide = vr.equals("OB") || vr.equals("OW") || vr.equals("SQ");
        out.writeBytes(wide
            ? buffer(6).putShort((short) 0).putInt(length).array()
            : buffer(2).putShort((short) length)
                .array());
      }
      out.writeBytes(value.bytes);
    });
    return out.toByteArray();
  }

  private static byte[] words(int... numbers) {
    byte[] words = new byte[2 * numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      words[2 * i] = (byte) numbers[i];
      words[2 * i + 1] = (byte) (numbers[i] >> 8);
    }
    return words;
  }

  /** Group and element are two little-endian words. */
  private static int swapped(int tag) {
    return tag << 16 | tag >>> 16;
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
