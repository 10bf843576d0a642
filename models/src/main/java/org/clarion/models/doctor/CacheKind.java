package org.clarion.models.doctor;

import java.util.Arrays;
import java.util.List;

/** Kinds in which keys and values may be held. */
public enum CacheKind {
  F32(4, 0), //
  BF16(2, 0), //
  /** A float32 factor for each head and position besides. */
  INT8(1, 4);

  private final int bytes;
  private final int factor;

  CacheKind(int bytes, int factor) {
    this.bytes = bytes;
    this.factor = factor;
  }

  /** The name in options. */
  public String word() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /** All names. */
  public static List<String> words() {
    return Arrays.stream(values()).map(CacheKind::word).toList();
  }

  /**
   * The kind of that name.
   *
   * @throws IllegalArgumentException
   *           when there is none; the message lists the names
   */
  public static CacheKind ofWord(String word) {
    return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst().orElseThrow(
        () -> new IllegalArgumentException("'" + word + "' is no kind of KV cache; known: " + words()));
  }

  /** Bytes of one position of one head, key and value. */
  long position(int headDim) {
    return 2L * (bytes * headDim + factor);
  }
}
