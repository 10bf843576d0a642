package org.clarion.models.doctor;

/** Kinds in which a decoder's matrices may be held in memory. */
public enum WeightKind {
  FLOAT32("f32", 32, 32), //
  /** bfloat16 or float16. */
  HALF("bf16/f16", 16, 16), //
  /** A float32 factor and a sum for each output row besides. */
  INT8("int8", 8, 16), //
  /** A float32 factor for each 32 inputs. */
  INT4("int4", 5, 16);

  private final String word;
  private final int bits;
  private final int plainBits;

  WeightKind(String word, int bits, int plainBits) {
    this.word = word;
    this.bits = bits;
    this.plainBits = plainBits;
  }

  /** The name that people know it by. */
  public String word() {
    return word;
  }

  /** Bytes of a matrix that is multiplied. */
  long matrix(long rows, long columns) {
    long factors = this == INT8 ? 8 * rows : 0;
    return rows * columns * bits / 8 + factors;
  }

  /** Bytes of so many elements that are looked up, or belong to the image tower: these are not quantised. */
  long plain(long elements) {
    return elements * plainBits / 8;
  }
}
