package org.clarion.gateway.dicom;

/**
 * How a data set is written.
 *
 * @param explicit
 *          whether elements name their value representation
 * @param big
 *          whether numbers are big-endian
 */
record Encoding(boolean explicit, boolean big) {
  static final Encoding IMPLICIT_LITTLE = new Encoding(false, false);
  static final Encoding EXPLICIT_LITTLE = new Encoding(true, false);
  static final Encoding EXPLICIT_BIG = new Encoding(true, true);

  int two(byte[] bytes, int at) {
    int first = bytes[at] & 0xFF;
    int second = bytes[at + 1] & 0xFF;
    return big ? first << 8 | second : second << 8 | first;
  }

  long four(byte[] bytes, int at) {
    long first = two(bytes, at);
    long second = two(bytes, at + 2);
    return big ? first << 16 | second : second << 16 | first;
  }

  int tag(byte[] bytes, int at) {
    return two(bytes, at) << 16 | two(bytes, at + 2);
  }
}
