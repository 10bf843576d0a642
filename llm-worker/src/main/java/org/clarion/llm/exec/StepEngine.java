package org.clarion.llm.exec;

import org.clarion.engine.decoder.DecoderStep;
import org.clarion.engine.decoder.StepLogits;

/** What computes steps: one rank of a decoder. Made, used and closed by the executor's thread. */
public interface StepEngine extends AutoCloseable {
  /** Runs one step; all ranks run the same. The result is closed before the next step. */
  StepLogits step(DecoderStep step);

  /** Copies keys and values within the arena; the two ranges do not overlap. All ranks make the same copies. */
  void copyPositions(int fromOffset, int toOffset, int count);

  @Override
  void close();
}
