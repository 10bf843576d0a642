package org.clarion.gateway.dicom;

import java.util.OptionalInt;

/**
 * Stored values that stand for no picture (PS3.3, C.7.5.1.1.2), from the lowest to the highest.
 *
 * @param low
 *          above {@code high} where there are none
 */
record Padding(long low, long high) {
  static Padding of(DataSet set, boolean signed) throws DicomException {
    OptionalInt value = set.number(Tag.PIXEL_PADDING_VALUE);
    if (value.isEmpty()) {
      return new Padding(0, -1);
    }
    long one = signed ? (short) value.getAsInt() : value.getAsInt();
    OptionalInt limit = set.number(Tag.PIXEL_PADDING_RANGE_LIMIT);
    long other = limit.isEmpty() ? one : signed ? (short) limit.getAsInt() : limit.getAsInt();
    return new Padding(Math.min(one, other), Math.max(one, other));
  }

  boolean covers(long stored) {
    return stored >= low && stored <= high;
  }
}
