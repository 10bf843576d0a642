package org.clarion.engine.decoder;

/**
 * What the ranks of a program exchange within a step: memory that the program fills with this rank's part, and that
 * holds the result for all ranks afterwards. To be used by the decoder's thread.
 */
interface PartialSums extends AutoCloseable {
  /**
   * Makes room for a step: the program's {@code exchange} has {@code rows x hidden} values, {@code measured} has rows.
   */
  void open(int rows);

  /** Replaces each row's peak by the largest of all ranks. */
  void largest();

  /** Replaces the sums by those over all ranks. */
  void add();

  /**
   * Waits until what was asked for has been done.
   *
   * @throws org.clarion.engine.collective.CollectiveException
   *           when another rank fails or does not come in time
   */
  void await();

  /** Frees the memory. Idempotent. */
  @Override
  void close();
}
