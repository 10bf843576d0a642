package org.clarion.gateway.dicom;

/** Run-length coding (PS3.5, annex G): one segment for each byte of a sample, most significant first. */
final class RleFrame {
  private static final int HEADER = 64;
  private static final int MOST_SEGMENTS = 15;
  /** Two bytes make at most 128. */
  private static final int BEST_RATIO = 64;

  private RleFrame() {}

  /** The frame's samples, little-endian, those of a pixel side by side. */
  static byte[] decode(byte[] frame, ImageHeader header) throws DicomException {
    int width = header.bytesPerSample();
    int segments = header.samples() * width;
    if (frame.length < HEADER) {
      throw malformed("is shorter than its header");
    }
    long announced = Encoding.EXPLICIT_LITTLE.four(frame, 0);
    if (announced > MOST_SEGMENTS || announced != segments) {
      throw malformed("has " + announced + " segments where " + segments + " are needed");
    }
    long size = (long) header.pixels() * segments;
    if (size > (long) frame.length * BEST_RATIO) {
      throw malformed("is too short for " + size + " bytes");
    }
    byte[] out = new byte[(int) size];
    for (int s = 0; s < segments; s++) {
      long from = Encoding.EXPLICIT_LITTLE.four(frame, 4 + 4 * s);
      long to = s + 1 < segments ? Encoding.EXPLICIT_LITTLE.four(frame, 8 + 4 * s) : frame.length;
      if (from < HEADER || to < from || to > frame.length) {
        throw malformed("has a segment outside of its frame");
      }
      int low = width - 1 - s % width;
      segment(frame, (int) from, (int) to, out, s / width * width + low, segments);
    }
    return out;
  }

  private static void segment(byte[] frame, int from, int end, byte[] out, int first, int step)
      throws DicomException {
    int at = from;
    int to = first;
    while (to < out.length) {
      if (at >= end) {
        throw malformed("ends before its pixels do");
      }
      int control = frame[at++];
      if (control == -128) {
        continue;
      }
      int count = control < 0 ? 1 - control : 1 + control;
      int bytes = control < 0 ? 1 : count;
      if (bytes > end - at) {
        throw malformed("ends before its pixels do");
      }
      // Some writers let the last run reach past the frame.
      for (int i = 0; i < count && to < out.length; i++) {
        out[to] = frame[control < 0 ? at : at + i];
        to += step;
      }
      at += bytes;
    }
  }

  private static DicomException malformed(String what) {
    return new DicomException(Failure.MALFORMED, "the RLE frame " + what);
  }
}
