package org.clarion.models.checkpoint;

import java.util.List;

/**
 * What a pickle may hold besides Java's own Long, BigInteger, Double, Boolean, String, List, Map and Set. Lists, maps
 * and sets may contain themselves, so they must never be hashed, compared or printed as a whole.
 */
sealed interface PickleValue {
  /** Python's None. */
  enum None implements PickleValue {
    NONE
  }

  /** A tuple. */
  record Tuple(List<Object> items) implements PickleValue {}

  /** A bytes object. */
  record Bytes(byte[] value) implements PickleValue {}

  /** A function or class that the reader knows; it is never called, only recognised. */
  record Global(String module, String name) implements PickleValue {
    String qualified() {
      return module + "." + name;
    }
  }

  /**
   * A run of elements kept outside the pickle.
   *
   * @param key
   *          record name (zip form) or number (older form)
   * @param elements
   *          how many the pickle says it has
   * @param viewOffset
   *          where a view of the older form starts in it
   */
  record Storage(String key, ElementType type, long elements, long viewOffset) implements PickleValue {
    /** Whether both mean the same run of elements, wherever their views start. */
    boolean sameData(Storage other) {
      return key.equals(other.key) && type == other.type && elements == other.elements;
    }
  }

  /** A tensor: a strided view of a storage. Sizes and steps are as the pickle says, unchecked. */
  record Tensor(Storage storage, long offset, List<Long> shape, List<Long> strides) implements PickleValue {}
}
