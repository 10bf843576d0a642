package org.clarion.gateway.intake;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The marker structure of a JPEG file, walked from end to end before any decoder sees it: frame size, orientation,
 * colour transform, and whether the file is complete. {@link #clean} is the file without its metadata, so that
 * profiles, thumbnails and comments reach no decoder.
 */
final class JpegFile {
  /** A progressive picture has about ten scans; each costs a decoder a walk over the whole picture. */
  private static final int MOST_SCANS = 100;
  private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] ADOBE = "Adobe".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] JFIF = "JFIF\0".getBytes(StandardCharsets.ISO_8859_1);

  private final byte[] bytes;
  private final ImageLimits limits;
  private final ByteArrayOutputStream clean;
  private int components;
  private int orientation = 1;
  private int adobeTransform = -1;
  private int scans;

  private JpegFile(byte[] bytes, ImageLimits limits) {
    this.bytes = bytes;
    this.limits = limits;
    this.clean = new ByteArrayOutputStream(bytes.length);
  }

  /** Walks a file that starts with JPEG's magic. */
  static JpegFile of(byte[] bytes, ImageLimits limits) throws RefusedException {
    JpegFile file = new JpegFile(bytes, limits);
    file.clean.write(bytes, 0, 2);
    file.walk();
    return file;
  }

  int components() {
    return components;
  }

  int orientation() {
    return orientation;
  }

  /** Whether four components are Y, Cb, Cr and K. */
  boolean ycck() {
    return adobeTransform == 2;
  }

  byte[] clean() {
    return clean.toByteArray();
  }

  private void walk() throws RefusedException {
    int at = 2;
    while (true) {
      at = marker(at);
      int marker = bytes[at - 1] & 0xFF;
      if (marker == 0xD9) {
        if (scans == 0) {
          throw damaged("it has no picture");
        }
        clean.write(0xFF);
        clean.write(0xD9);
        return;
      }
      int length = at + 2 <= bytes.length ? (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF) : 0;
      if (length < 2 || length > bytes.length - at) {
        throw length == 1 ? damaged("a segment has the length 1") : truncated();
      }
      segment(marker, at + 2, length - 2);
      int end = at + length;
      if (kept(marker, at + 2, length - 2)) {
        clean.write(0xFF);
        clean.write(bytes, at - 1, length + 1);
      }
      at = marker == 0xDA ? scan(end) : end;
    }
  }

  /** The place behind the next marker; fill bytes before it are allowed. */
  private int marker(int from) throws RefusedException {
    int at = from;
    if (at < bytes.length && bytes[at] != (byte) 0xFF) {
      throw damaged("there is no marker where one must be");
    }
    while (at < bytes.length && bytes[at] == (byte) 0xFF) {
      at++;
    }
    if (at >= bytes.length) {
      throw truncated();
    }
    return at + 1;
  }

  private void segment(int marker, int from, int length) throws RefusedException {
    switch (marker) {
      case 0xC0, 0xC1, 0xC2 -> frame(from, length);
      case 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF ->
        throw new RefusedException(RefusalCode.FORMAT_UNSUPPORTED, "JPEG of kind SOF" + (marker - 0xC0)
            + " (lossless, hierarchical or arithmetic) is not supported; baseline and progressive are");
      case 0xE1 -> {
        if (length > EXIF.length && ImageFormat.startsAt(bytes, from, EXIF)) {
          orientation = ExifOrientation.read(bytes, from + EXIF.length, length - EXIF.length);
        }
      }
      case 0xEE -> {
        if (length >= 12 && ImageFormat.startsAt(bytes, from, ADOBE)) {
          adobeTransform = bytes[from + 11];
        }
      }
      case 0xDA -> {
        if (components == 0) {
          throw damaged("a scan comes before the frame");
        }
        if (++scans > MOST_SCANS) {
          throw damaged("it has more than " + MOST_SCANS + " scans");
        }
      }
      default -> {
      }
    }
  }

  private void frame(int from, int length) throws RefusedException {
    if (components != 0 || length < 6) {
      throw damaged("its frame header is wrong");
    }
    int precision = bytes[from] & 0xFF;
    limits.checkSize((bytes[from + 3] & 0xFF) << 8 | (bytes[from + 4] & 0xFF),
        (bytes[from + 1] & 0xFF) << 8 | (bytes[from + 2] & 0xFF));
    components = bytes[from + 5] & 0xFF;
    if (precision != 8) {
      throw new RefusedException(RefusalCode.FORMAT_UNSUPPORTED,
          "JPEG of " + precision + " bits per sample is not supported; 8 bits are");
    }
    if (components != 1 && components != 3 && components != 4) {
      throw new RefusedException(RefusalCode.FORMAT_UNSUPPORTED,
          "JPEG of " + components + " components is not supported; 1, 3 and 4 are");
    }
  }

  private boolean kept(int marker, int from, int length) {
    boolean application = marker >= 0xE0 && marker <= 0xEF;
    if (marker == 0xE0) {
      // A JFIF header of 14 bytes has no thumbnail.
      return length == 14 && ImageFormat.startsAt(bytes, from, JFIF);
    }
    return marker == 0xEE ? ImageFormat.startsAt(bytes, from, ADOBE) : !application && marker != 0xFE;
  }

  /** Copies entropy-coded data and returns the place of the marker that ends them. */
  private int scan(int from) throws RefusedException {
    int at = from;
    while (at < bytes.length - 1) {
      if (bytes[at] == (byte) 0xFF) {
        int next = bytes[at + 1] & 0xFF;
        if (next != 0 && next != 0xFF && (next < 0xD0 || next > 0xD7)) {
          clean.write(bytes, from, at - from);
          return at;
        }
      }
      at++;
    }
    throw truncated();
  }

  private static RefusedException truncated() {
    return new RefusedException(RefusalCode.TRUNCATED, "the JPEG file ends early");
  }

  private static RefusedException damaged(String how) {
    return new RefusedException(RefusalCode.DAMAGED, "the JPEG file is damaged: " + how);
  }
}
