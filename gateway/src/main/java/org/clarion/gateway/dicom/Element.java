package org.clarion.gateway.dicom;

import java.util.List;

/**
 * One element: where its value lies, not the value itself, so that a declared length allocates nothing.
 *
 * @param at
 *          first byte of the value in the data set's bytes
 * @param length
 *          bytes, all of them there; {@link #UNDEFINED} for encapsulated pixels
 * @param items
 *          of a sequence, else empty
 */
record Element(int tag, Vr vr, int at, int length, Encoding encoding, List<DataSet> items) {
  static final int UNDEFINED = -1;

  boolean empty() {
    return length == 0 && items.isEmpty();
  }
}
