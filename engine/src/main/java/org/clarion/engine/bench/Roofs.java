package org.clarion.engine.bench;

/**
 * What the machine can do at best with so many threads; 0 where it could not be measured.
 *
 * @param threads
 *          that ran at the same time
 * @param readGbs
 *          memory read, 10^9 bytes a second
 * @param f32
 *          float32 multiply-adds, 10^12 operations a second (a multiply-add is two)
 * @param bf16
 *          bfloat16 products summed in float32, 10^12 operations a second
 * @param int8
 *          8-bit products summed in 32 bits, 10^12 operations a second
 */
public record Roofs(int threads, double readGbs, double f32, double bf16, double int8) {
  /** The better of two measurements in each figure: what disturbs one only makes it lower. */
  public Roofs best(Roofs other) {
    return new Roofs(Math.max(threads, other.threads), Math.max(readGbs, other.readGbs), Math.max(f32, other.f32),
        Math.max(bf16, other.bf16), Math.max(int8, other.int8));
  }
}
