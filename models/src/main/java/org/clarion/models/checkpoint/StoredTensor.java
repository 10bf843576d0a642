package org.clarion.models.checkpoint;

import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Where a tensor lies: its elements within mapped bytes.
 *
 * @param storage
 *          bytes that hold the elements; long enough for every index that shape and strides reach, which whoever builds
 *          this has checked
 * @param offset
 *          first element within {@code storage}
 * @param strides
 *          steps between neighbours along each axis, in elements; not negative
 */
record StoredTensor(TensorInfo info, MemorySegment storage, long offset, List<Long> strides) {
  StoredTensor {
    strides = List.copyOf(strides);
  }

  /** A row-major tensor that fills its bytes. */
  static StoredTensor contiguous(TensorInfo info, MemorySegment storage) {
    return new StoredTensor(info, storage, 0, rowMajor(info.shape()));
  }

  static List<Long> rowMajor(List<Long> shape) {
    Long[] strides = new Long[shape.size()];
    long step = 1;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      strides[axis] = step;
      step = Math.multiplyExact(step, Math.max(1, shape.get(axis)));
    }
    return List.of(strides);
  }

  void read(FloatBuffer destination) {
    Rows.checkRoom(info, info.elements(), destination.remaining());
    readElements(0, info.elements(), destination);
  }

  void readRows(long firstRow, long rows, FloatBuffer destination) {
    Rows.check(info, firstRow, rows, destination.remaining());
    readElements(firstRow * info.rowElements(), rows * info.rowElements(), destination);
  }

  private void readElements(long first, long count, FloatBuffer destination) {
    if (count == 0) {
      return;
    }
    if (packed()) {
      ElementType type = info.type();
      if (type.quantised() && (first % type.blockElements() != 0 || count % type.blockElements() != 0)) {
        throw new IndexOutOfBoundsException(
            "rows of " + info.name() + " do not start and end at blocks of " + type.blockElements());
      }
      long from = type.bytes(offset + first);
      Elements.read(type, storage.asSlice(from, type.bytes(count)), count, destination);
    } else {
      gather(first, count, destination);
    }
  }

  /** Whether the elements lie one after the other in row-major order; axes of size 1 may have any stride. */
  private boolean packed() {
    List<Long> packed = rowMajor(info.shape());
    for (int axis = 0; axis < packed.size(); axis++) {
      if (info.shape().get(axis) > 1 && !packed.get(axis).equals(strides.get(axis))) {
        return false;
      }
    }
    return true;
  }

  /** Walks a strided view: an index per axis, advanced like an odometer. */
  private void gather(long first, long count, FloatBuffer destination) {
    int axes = info.shape().size();
    long[] index = new long[axes];
    long rest = first;
    long at = offset;
    for (int axis = axes - 1; axis >= 0; axis--) {
      index[axis] = rest % info.shape().get(axis);
      rest /= info.shape().get(axis);
      at += index[axis] * strides.get(axis);
    }
    for (long done = 0; done < count; done++) {
      destination.put(Elements.at(info.type(), storage, at));
      for (int axis = axes - 1; axis >= 0; axis--) {
        at += strides.get(axis);
        if (++index[axis] < info.shape().get(axis)) {
          break;
        }
        at -= index[axis] * strides.get(axis);
        index[axis] = 0;
      }
    }
  }
}
