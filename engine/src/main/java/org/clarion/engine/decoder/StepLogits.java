package org.clarion.engine.decoder;

/**
 * The logits of one step, float32 [rows, vocabulary], kept on the device until closed. Rows come in the step's order:
 * those that prefills wanted, in the order of their tokens, then decodes. Meaningful on rank 0; other ranks get one
 * without rows.
 *
 * <p>
 * To be used and closed by the thread that owns the decoder, before its next step.
 */
public interface StepLogits extends AutoCloseable {
  /** Number of rows; 0 on every rank but 0. */
  int rows();

  /** The id with the largest logit of each row, the lowest id of equals; computed on the device. */
  int[] argmax();

  /** All logits of one row: [vocabulary]. */
  float[] row(int index);

  /**
   * Natural logarithm of the softmax probability of one id per row.
   *
   * @param tokens
   *          as many ids as there are rows
   */
  float[] logProbabilities(int[] tokens);

  @Override
  void close();
}
