package org.clarion.training.phantom.file;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The EXIF segment of phantoms: description, maker, software and an upright orientation. */
final class Exif {
  private static final int ASCII = 2;
  private static final int SHORT = 3;
  private static final int DESCRIPTION = 0x010E;
  private static final int MAKE = 0x010F;
  private static final int ORIENTATION = 0x0112;
  private static final int SOFTWARE = 0x0131;
  private static final int ENTRIES = 4;
  private static final int FIRST_TEXT = 8 + 2 + 12 * ENTRIES + 4;

  private Exif() {}

  /** A JPEG file with the segment after its first marker. */
  static byte[] insert(byte[] jpeg) {
    byte[] tiff = tiff();
    byte[] name = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, 2);
    int length = 2 + name.length + tiff.length;
    out.writeBytes(new byte[]{(byte) 0xff, (byte) 0xe1, (byte) (length >> 8), (byte) length});
    out.writeBytes(name);
    out.writeBytes(tiff);
    out.write(jpeg, 2, jpeg.length - 2);
    return out.toByteArray();
  }

  private static byte[] tiff() {
    ByteArrayOutputStream texts = new ByteArrayOutputStream();
    ByteBuffer head = ByteBuffer.allocate(FIRST_TEXT);
    head.put("MM\0*".getBytes(StandardCharsets.US_ASCII)).putInt(8).putShort((short) ENTRIES);
    text(head, texts, DESCRIPTION, "SYNTHETIC - not a patient");
    text(head, texts, MAKE, "SYNTHETIC");
    head.putShort((short) ORIENTATION).putShort((short) SHORT).putInt(1).putShort((short) 1).putShort((short) 0);
    text(head, texts, SOFTWARE, "Clarion phantoms");
    head.putInt(0);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(head.array());
    all.writeBytes(texts.toByteArray());
    return all.toByteArray();
  }

  private static void text(ByteBuffer head, ByteArrayOutputStream texts, int tag, String value) {
    byte[] bytes = (value + "\0").getBytes(StandardCharsets.US_ASCII);
    head.putShort((short) tag).putShort((short) ASCII).putInt(bytes.length).putInt(FIRST_TEXT + texts.size());
    texts.writeBytes(bytes);
  }
}
