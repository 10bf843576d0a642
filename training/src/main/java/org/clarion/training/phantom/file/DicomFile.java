package org.clarion.training.phantom.file;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferUShort;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.clarion.training.phantom.PhantomCase;
import org.clarion.training.phantom.View;
import org.clarion.training.phantom.raster.Chance;

/**
 * A radiograph as a DICOM file: Part 10, explicit VR little endian, one 16-bit frame of 15 stored bits, Digital X-Ray
 * Image Storage for presentation, with a window over the whole range. Identifiers are made from the case, so that the
 * same phantom is the same file. The patient is called SYNTHETIC.
 */
public final class DicomFile {
  private static final int STORED_BITS = 15;
  private static final String STORAGE_CLASS = "1.2.840.10008.5.1.4.1.1.1.1";
  private static final String EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";
  /** Root of identifiers made from numbers (ISO/IEC 9834-8); no registration is needed. */
  private static final String NUMBER_ROOT = "2.25.";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private DicomFile() {}

  /** The file's bytes. Every second case (by seed) is MONOCHROME1, where 0 is white. */
  public static byte[] of(BufferedImage image, PhantomCase details) {
    boolean inverse = (details.seed() & 1) != 0;
    DicomFile file = new DicomFile();
    file.preamble(details);
    file.identity(details);
    file.pixels(image, inverse);
    return file.out.toByteArray();
  }

  private void preamble(PhantomCase details) {
    out.writeBytes(new byte[128]);
    out.writeBytes("DICM".getBytes(StandardCharsets.US_ASCII));
    DicomFile meta = new DicomFile();
    meta.element(0x0002, 0x0001, "OB", new byte[]{0, 1});
    meta.text(0x0002, 0x0002, "UI", STORAGE_CLASS);
    meta.text(0x0002, 0x0003, "UI", identifier(details, "instance"));
    meta.text(0x0002, 0x0010, "UI", EXPLICIT_LITTLE_ENDIAN);
    meta.text(0x0002, 0x0012, "UI", NUMBER_ROOT + "89127036502");
    element(0x0002, 0x0000, "UL", little(meta.out.size(), 4));
    out.writeBytes(meta.out.toByteArray());
  }

  private void identity(PhantomCase details) {
    View view = details.view();
    text(0x0008, 0x0005, "CS", "ISO_IR 100");
    text(0x0008, 0x0008, "CS", "DERIVED\\PRIMARY");
    text(0x0008, 0x0016, "UI", STORAGE_CLASS);
    text(0x0008, 0x0018, "UI", identifier(details, "instance"));
    text(0x0008, 0x0020, "DA", "20000101");
    text(0x0008, 0x0030, "TM", "000000");
    text(0x0008, 0x0050, "SH", "");
    text(0x0008, 0x0060, "CS", "DX");
    text(0x0008, 0x0068, "CS", "FOR PRESENTATION");
    text(0x0008, 0x0070, "LO", "Clarion phantoms");
    text(0x0008, 0x0090, "PN", "");
    text(0x0008, 0x103E, "LO", "SYNTHETIC - NOT A PATIENT");
    text(0x0010, 0x0010, "PN", "SYNTHETIC^PHANTOM");
    text(0x0010, 0x0020, "LO", details.id());
    text(0x0010, 0x0030, "DA", "");
    text(0x0010, 0x0040, "CS", "O");
    text(0x0018, 0x0015, "CS", "CHEST");
    text(0x0018, 0x5101, "CS", view == View.LATERAL ? "LL" : view.label());
    text(0x0020, 0x000D, "UI", identifier(details, "study"));
    text(0x0020, 0x000E, "UI", identifier(details, "series"));
    text(0x0020, 0x0010, "SH", "");
    text(0x0020, 0x0011, "IS", "1");
    text(0x0020, 0x0013, "IS", "1");
    text(0x0020, 0x0020, "CS", view == View.LATERAL ? "P\\F" : "L\\F");
  }

  private void pixels(BufferedImage image, boolean inverse) {
    short[] samples = ((DataBufferUShort) image.getRaster().getDataBuffer()).getData();
    number(0x0028, 0x0002, 1);
    text(0x0028, 0x0004, "CS", inverse ? "MONOCHROME1" : "MONOCHROME2");
    number(0x0028, 0x0010, image.getHeight());
    number(0x0028, 0x0011, image.getWidth());
    number(0x0028, 0x0100, 16);
    number(0x0028, 0x0101, STORED_BITS);
    number(0x0028, 0x0102, STORED_BITS - 1);
    number(0x0028, 0x0103, 0);
    text(0x0028, 0x0301, "CS", "YES");
    text(0x0028, 0x1050, "DS", Integer.toString(1 << (STORED_BITS - 1)));
    text(0x0028, 0x1051, "DS", Integer.toString(1 << STORED_BITS));
    text(0x0028, 0x1052, "DS", "0");
    text(0x0028, 0x1053, "DS", "1");
    text(0x0028, 0x2110, "CS", "00");
    text(0x2050, 0x0020, "CS", inverse ? "INVERSE" : "IDENTITY");
    byte[] words = new byte[2 * samples.length];
    for (int i = 0; i < samples.length; i++) {
      int value = (samples[i] & 0xffff) >> (16 - STORED_BITS);
      int stored = inverse ? (1 << STORED_BITS) - 1 - value : value;
      words[2 * i] = (byte) stored;
      words[2 * i + 1] = (byte) (stored >> 8);
    }
    element(0x7FE0, 0x0010, "OW", words);
  }

  private void number(int group, int element, int value) {
    element(group, element, "US", little(value, 2));
  }

  private void text(int group, int element, String representation, String value) {
    // Values have an even length: identifiers are padded with 0, texts with a blank.
    String even = value.length() % 2 == 0 ? value : value + (representation.equals("UI") ? "\0" : " ");
    element(group, element, representation, even.getBytes(StandardCharsets.ISO_8859_1));
  }

  private void element(int group, int element, String representation, byte[] value) {
    out.writeBytes(little(group, 2));
    out.writeBytes(little(element, 2));
    out.writeBytes(representation.getBytes(StandardCharsets.US_ASCII));
    boolean wide = representation.equals("OB") || representation.equals("OW");
    out.writeBytes(wide ? new byte[2] : new byte[0]);
    out.writeBytes(little(value.length, wide ? 4 : 2));
    out.writeBytes(value);
  }

  private static byte[] little(int value, int bytes) {
    byte[] little = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      little[i] = (byte) (value >> (8 * i));
    }
    return little;
  }

  private static String identifier(PhantomCase details, String what) {
    Chance chance = new Chance(details.seed()).fork(details.id()).fork(what);
    String hex = HexFormat.of().toHexDigits(chance.next() >>> 1) + HexFormat.of().toHexDigits(chance.next());
    return NUMBER_ROOT + new BigInteger(hex, 16);
  }
}
