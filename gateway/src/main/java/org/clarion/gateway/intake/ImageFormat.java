package org.clarion.gateway.intake;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.clarion.gateway.dicom.DicomReader;

/** Formats that are decoded here, found by their first bytes; names and declared types are never believed. */
public enum ImageFormat {
  JPEG, PNG, DICOM;

  /** A format that is known but not decoded: its bytes at a place, and its name. */
  private record Other(String name, int at, byte[] magic) {
    static Other of(String name, int at, String magic) {
      return new Other(name, at, magic.getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  private static final byte[] PNG_MAGIC = "\u0089PNG\r\n\u001a\n".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] JPEG_MAGIC = "\u00ff\u00d8\u00ff".getBytes(StandardCharsets.ISO_8859_1);
  private static final List<Other> OTHERS = List.of(Other.of("GIF", 0, "GIF8"), Other.of("BMP", 0, "BM"),
      Other.of("TIFF", 0, "II*\0"), Other.of("TIFF", 0, "MM\0*"), Other.of("WebP", 8, "WEBP"),
      Other.of("HEIC", 4, "ftyphei"), Other.of("HEIC", 4, "ftyphev"), Other.of("HEIF", 4, "ftypmif1"),
      Other.of("AVIF", 4, "ftypavi"), Other.of("JPEG 2000", 0, "\0\0\0\fjP  "),
      Other.of("JPEG 2000", 0, "\u00ffO\u00ffQ"), Other.of("JPEG XL", 0, "\0\0\0\fJXL "),
      Other.of("JPEG XL", 0, "\u00ff\n"), Other.of("PDF", 0, "%PDF"),
      Other.of("Photoshop", 0, "8BPS"), Other.of("icon", 0, "\0\0\1\0"), Other.of("SVG", 0, "<svg"),
      Other.of("XML or SVG", 0, "<?xml"), Other.of("ZIP", 0, "PK\3\4"));

  /**
   * The format of a file.
   *
   * @throws RefusedException
   *           when it is none that is decoded here
   */
  static ImageFormat of(byte[] bytes) throws RefusedException {
    if (bytes.length == 0) {
      throw new RefusedException(RefusalCode.EMPTY, "the image has no bytes");
    }
    if (startsAt(bytes, 0, PNG_MAGIC)) {
      return PNG;
    }
    if (startsAt(bytes, 0, JPEG_MAGIC)) {
      return JPEG;
    }
    // A preamble may be another format's head, TIFF's for one; what follows it is what counts.
    if (DicomReader.recognises(bytes)) {
      return DICOM;
    }
    for (Other other : OTHERS) {
      if (startsAt(bytes, other.at, other.magic)) {
        throw new RefusedException(RefusalCode.FORMAT_UNSUPPORTED,
            "the file is " + other.name + ", which is not supported; JPEG, PNG and DICOM are");
      }
    }
    throw new RefusedException(RefusalCode.NOT_RECOGNISED,
        "the file is no image that is known here; JPEG, PNG and DICOM are");
  }

  static boolean startsAt(byte[] bytes, int at, byte[] magic) {
    if (bytes.length < at + magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if (bytes[at + i] != magic[i]) {
        return false;
      }
    }
    return true;
  }
}
