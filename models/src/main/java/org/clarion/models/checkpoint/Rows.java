package org.clarion.models.checkpoint;

import java.util.Objects;

/** Argument checks that every way of reading shares. */
final class Rows {
  private Rows() {}

  /** Refuses rows that the tensor does not have, and a destination that does not fit them exactly. */
  static void check(TensorInfo info, long firstRow, long rows, long room) {
    long available = info.shape().isEmpty() ? 1 : info.shape().getFirst();
    Objects.checkFromIndexSize(firstRow, rows, available);
    checkRoom(info, Math.multiplyExact(rows, info.rowElements()), room);
  }

  static void checkRoom(TensorInfo info, long elements, long room) {
    if (elements != room) {
      throw new IllegalArgumentException(
          "room for " + room + " floats, but reading " + info.name() + " gives " + elements);
    }
  }
}
