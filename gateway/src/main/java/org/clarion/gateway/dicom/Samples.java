package org.clarion.gateway.dicom;

/**
 * The samples of one frame where they lie, read one at a time: uncompressed ones in the file itself, others in what a
 * decoder gave. Only the bits below High Bit count; the others may be anything.
 */
final class Samples {
  private final byte[] bytes;
  private final int at;
  private final int width;
  private final boolean big;
  private final int shift;
  private final long mask;
  private final long sign;
  private final int count;

  private Samples(byte[] bytes, int at, ImageHeader header, int width, boolean big, int shift, int bits) {
    this.bytes = bytes;
    this.at = at;
    this.width = width;
    this.big = big;
    this.shift = shift;
    this.mask = (1L << bits) - 1;
    this.sign = header.signed() ? 1L << (bits - 1) : 0;
    this.count = header.pixels() * header.samples();
  }

  /** Samples as the standard stores them, from a place on. */
  static Samples stored(byte[] bytes, int at, ImageHeader header, boolean big) {
    return new Samples(bytes, at, header, header.bytesPerSample(), big, header.highBit() - header.bitsStored() + 1,
        header.bitsStored());
  }

  /** A decoder's samples of some bits, in one or two little-endian bytes. */
  static Samples decoded(byte[] bytes, ImageHeader header, int width, int bits) {
    return new Samples(bytes, 0, header, width, false, 0, bits);
  }

  int count() {
    return count;
  }

  /** The stored value of a sample, by its place in the frame. */
  long at(int index) {
    long value = (raw(at + index * width) >>> shift) & mask;
    return (value ^ sign) - sign;
  }

  private long raw(int from) {
    return switch (width) {
      case 1 -> bytes[from] & 0xFF;
      case 2 -> big ? pair(from, from + 1) : pair(from + 1, from);
      default -> big
          ? (long) pair(from, from + 1) << 16 | pair(from + 2, from + 3)
          : (long) pair(from + 3, from + 2) << 16 | pair(from + 1, from);
    };
  }

  private int pair(int high, int low) {
    return (bytes[high] & 0xFF) << 8 | (bytes[low] & 0xFF);
  }
}
