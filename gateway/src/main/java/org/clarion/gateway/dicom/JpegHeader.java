package org.clarion.gateway.dicom;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A JPEG frame's markers up to its first scan, walked before a decoder sees it.
 *
 * @param kind
 *          number of the frame marker: 0 baseline, 1 extended, 3 lossless
 * @param colourMarked
 *          whether markers say that three components are YCbCr
 * @param clean
 *          the frame without application data and comments, which reach no decoder
 */
record JpegHeader(int kind, int precision, int rows, int columns, int components, boolean colourMarked, byte[] clean) {
  /** Sequential JPEG has one scan per component at most; each costs a decoder a walk over the picture. */
  private static final int MOST_SCANS = 8;
  private static final byte[] JFIF = "JFIF\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] ADOBE = "Adobe".getBytes(StandardCharsets.ISO_8859_1);
  private static final Encoding BIG = Encoding.EXPLICIT_BIG;

  static JpegHeader of(byte[] frame) throws DicomException {
    if (frame.length < 4 || BIG.two(frame, 0) != 0xFFD8) {
      throw malformed("does not start as JPEG");
    }
    ByteArrayOutputStream clean = new ByteArrayOutputStream(frame.length);
    clean.write(frame, 0, 2);
    JpegHeader header = new JpegHeader(-1, 0, 0, 0, 0, false, frame);
    boolean marked = false;
    int at = 2;
    while (true) {
      if (frame.length - at < 4) {
        throw new DicomException(Failure.TRUNCATED, "the JPEG frame ends before its pixels");
      }
      int marker = BIG.two(frame, at);
      if (marker == 0xFFFF) {
        at++;
        continue;
      }
      int length = BIG.two(frame, at + 2);
      if (marker < 0xFFC0 || length < 2 || length > frame.length - at - 2) {
        throw malformed("has no segment where one must be");
      }
      int payload = at + 4;
      marked |= ycc(frame, marker, payload, length - 2);
      if (isFrame(marker)) {
        header = header.with(frame, marker, payload, length - 2);
      } else if (marker == 0xFFDA) {
        break;
      }
      if (!isExtra(marker)) {
        clean.write(frame, at, length + 2);
      }
      at += length + 2;
    }
    checkScans(frame, at);
    clean.write(frame, at, frame.length - at);
    if (header.kind < 0) {
      throw malformed("has a scan and no frame header");
    }
    return new JpegHeader(header.kind, header.precision, header.rows, header.columns, header.components, marked, clean
        .toByteArray());
  }

  private JpegHeader with(byte[] frame, int marker, int at, int length) throws DicomException {
    if (kind >= 0 || length < 6) {
      throw malformed("has a wrong frame header");
    }
    return new JpegHeader(marker - 0xFFC0, frame[at] & 0xFF, BIG.two(frame, at + 1), BIG.two(frame, at + 3), frame[at
        + 5] & 0xFF, false, frame);
  }

  /** Fails unless the frame is the picture that the data set describes. */
  void check(ImageHeader image) throws DicomException {
    if (rows != image.rows() || columns != image.columns() || components != image.samples()) {
      throw new DicomException(Failure.INCONSISTENT, "the JPEG frame is " + columns + "x" + rows + " with " + components
          + " components, and the data set says " + image.columns() + "x" + image.rows() + " with " + image.samples());
    }
    if (precision > image.bitsAllocated()) {
      throw new DicomException(Failure.INCONSISTENT, "the JPEG frame has " + precision
          + " bits per sample, and the data set allocates " + image.bitsAllocated());
    }
  }

  private static boolean isFrame(int marker) {
    return marker <= 0xFFCF && marker != 0xFFC4 && marker != 0xFFC8 && marker != 0xFFCC;
  }

  private static boolean isExtra(int marker) {
    return (marker >= 0xFFE0 && marker <= 0xFFEF) || marker == 0xFFFE;
  }

  private static boolean ycc(byte[] frame, int marker, int at, int length) {
    return (marker == 0xFFE0 && starts(frame, at, length, JFIF))
        || (marker == 0xFFEE && length >= 12 && starts(frame, at, length, ADOBE) && frame[at + 11] == 1);
  }

  private static boolean starts(byte[] frame, int at, int length, byte[] with) {
    return length >= with.length && Arrays.equals(frame, at, at + with.length, with, 0, with.length);
  }

  private static void checkScans(byte[] frame, int from) throws DicomException {
    int scans = 0;
    for (int at = from; at < frame.length - 1; at++) {
      // Inside coded pixels a byte FF is followed by 00, so that this is a marker.
      if (frame[at] == (byte) 0xFF && frame[at + 1] == (byte) 0xDA && ++scans > MOST_SCANS) {
        throw malformed("has more than " + MOST_SCANS + " scans");
      }
    }
  }

  private static DicomException malformed(String what) {
    return new DicomException(Failure.MALFORMED, "the JPEG frame " + what);
  }
}
