package org.clarion.models.checkpoint;

/** How a tensor's elements are stored in a file. Block-quantised kinds are read as float32 only. */
public enum ElementType {
  FLOAT64(1, 8), //
  FLOAT32(1, 4), //
  FLOAT16(1, 2), //
  BFLOAT16(1, 2), //
  INT64(1, 8), //
  INT32(1, 4), //
  INT16(1, 2), //
  INT8(1, 1), //
  UINT8(1, 1), //
  BOOL(1, 1), //
  GGUF_Q8_0(32, 34), //
  GGUF_Q4_0(32, 18), //
  GGUF_Q4_1(32, 20), //
  GGUF_Q5_0(32, 22), //
  GGUF_Q5_1(32, 24), //
  GGUF_Q4_K(256, 144), //
  GGUF_Q5_K(256, 176), //
  GGUF_Q6_K(256, 210);

  private final int blockElements;
  private final int blockBytes;

  ElementType(int blockElements, int blockBytes) {
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
  }

  /** Elements that are stored together: 1, or 32 or 256 for a block-quantised kind. */
  public int blockElements() {
    return blockElements;
  }

  /** Bytes of one block. */
  public int blockBytes() {
    return blockBytes;
  }

  /** Whether elements share a scale with their neighbours and so cannot be addressed one by one. */
  public boolean quantised() {
    return blockElements > 1;
  }

  /**
   * Bytes that so many elements take.
   *
   * @throws ArithmeticException
   *           when the product does not fit a long
   */
  public long bytes(long elements) {
    return Math.multiplyExact(elements / blockElements, (long) blockBytes);
  }
}
