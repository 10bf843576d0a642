package org.clarion.gateway.dicom;

/**
 * The size marker of a JPEG 2000 codestream (ITU-T T.800, A.5.1), read before a decoder sees it.
 *
 * @param at
 *          where the codestream starts; some writers wrap it into a JP2 file
 * @param precision
 *          bits per sample of the first component
 * @param signed
 *          whether its samples are
 */
record Jpeg2000Header(int at, long rows, long columns, int components, int precision, boolean signed) {
  private static final int LONGEST_WRAPPER = 4096;
  private static final long MOST_TILES = 65535;
  private static final Encoding BIG = Encoding.EXPLICIT_BIG;

  static Jpeg2000Header of(byte[] frame) throws DicomException {
    int at = 0;
    // Start of codestream (FF4F), then the size marker (FF51).
    while (at + 45 <= frame.length && BIG.four(frame, at) != 0xFF4FFF51L) {
      if (++at > LONGEST_WRAPPER) {
        throw new DicomException(Failure.MALFORMED, "the frame is no JPEG 2000 codestream");
      }
    }
    if (at + 45 > frame.length) {
      throw new DicomException(Failure.MALFORMED, "the frame has no JPEG 2000 codestream of a legal length");
    }
    long right = BIG.four(frame, at + 8);
    long bottom = BIG.four(frame, at + 12);
    long left = BIG.four(frame, at + 16);
    long top = BIG.four(frame, at + 20);
    long tiles = tiles(right - BIG.four(frame, at + 32), BIG.four(frame, at + 24))
        * tiles(bottom - BIG.four(frame, at + 36), BIG.four(frame, at + 28));
    if (tiles < 1 || tiles > MOST_TILES) {
      throw new DicomException(Failure.MALFORMED, "the JPEG 2000 frame has " + tiles + " tiles; 1 to " + MOST_TILES
          + " are legal");
    }
    int depth = frame[at + 42] & 0xFF;
    return new Jpeg2000Header(at, bottom - top, right - left, BIG.two(frame, at + 40), (depth & 0x7F) + 1,
        (depth & 0x80) != 0);
  }

  private static long tiles(long length, long tile) {
    return length < 1 || tile < 1 ? 0 : Math.min((length + tile - 1) / tile, MOST_TILES + 1);
  }

  /** Fails unless the frame is the picture that the data set describes. */
  void check(ImageHeader image) throws DicomException {
    if (rows != image.rows() || columns != image.columns() || components != image.samples()) {
      throw new DicomException(Failure.INCONSISTENT, "the JPEG 2000 frame is " + columns + "x" + rows + " with "
          + components + " components, and the data set says " + image.columns() + "x" + image.rows() + " with "
          + image.samples());
    }
    if (precision > 16 || precision > image.bitsAllocated()) {
      throw new DicomException(precision > 16 ? Failure.UNSUPPORTED : Failure.INCONSISTENT, "the JPEG 2000 frame has "
          + precision + " bits per sample, and at most " + Math.min(16, image.bitsAllocated()) + " are possible here");
    }
  }
}
