package org.clarion.gateway.dicom;

/**
 * A lookup table (PS3.3, C.11.1.1): values below the first map to the first entry, values above the last to the last.
 *
 * @param first
 *          the value that the first entry stands for
 * @param bits
 *          of an entry, 8 to 16
 */
record LookupTable(int first, int bits, int[] entries) {
  private static final int MOST = 65536;

  /**
   * Reads a table.
   *
   * @param signed
   *          whether the first value is signed where the file does not say so itself
   */
  static LookupTable of(DataSet set, int descriptorTag, int dataTag, boolean signed) throws DicomException {
    Element descriptor = set.element(descriptorTag);
    Element data = set.element(dataTag);
    if (descriptor == null || data == null) {
      throw new DicomException(Failure.INCONSISTENT, "a lookup table has no descriptor or no data");
    }
    int[] described = set.numbers(descriptor, 3);
    int count = described[0] == 0 ? MOST : described[0];
    boolean negative = descriptor.vr() == Vr.SS || (signed && descriptor.vr() != Vr.US);
    int bits = described[2];
    if (bits < 8 || bits > 16) {
      throw new DicomException(Failure.INCONSISTENT, "a lookup table has entries of " + bits
          + " bits; 8 to 16 are legal");
    }
    return new LookupTable(negative ? (short) described[1] : described[1], bits, entries(set, data, count, bits));
  }

  private static int[] entries(DataSet set, Element data, int count, int bits) throws DicomException {
    boolean words = data.length() >= 2 * count;
    if (!words && (bits > 8 || data.length() < count)) {
      throw new DicomException(Failure.INCONSISTENT, "a lookup table announces " + count + " entries, and has "
          + data.length() + " bytes");
    }
    int[] entries = new int[count];
    for (int i = 0; i < count; i++) {
      entries[i] = words ? data.encoding().two(set.bytes(), data.at() + 2 * i) : set.bytes()[data.at() + i] & 0xFF;
    }
    return entries;
  }

  int at(long value) {
    return entries[Math.clamp(value - first, 0, entries.length - 1)];
  }
}
