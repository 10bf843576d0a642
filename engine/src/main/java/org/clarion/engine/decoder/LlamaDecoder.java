package org.clarion.engine.decoder;

import org.clarion.engine.collective.Collective;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.manifest.LlamaConfig;

/** One tensor-parallel rank of a LLaMA-family decoder. To be used by the thread that loaded it. */
@SuppressWarnings("DoNotCallSuggester")
public final class LlamaDecoder implements AutoCloseable {
  private LlamaDecoder() {}

  /**
   * Loads this rank's part of the weights.
   *
   * @param checkpoint
   *          has Hugging Face LLaMA names
   * @param collective
   *          gives rank and number of ranks; stays the caller's to close
   */
  public static LlamaDecoder load(LlamaConfig config, Checkpoint checkpoint, DecoderOptions options,
      Collective collective) {
    throw new UnsupportedOperationException("being built");
  }

  /** Positions that the KV arena holds. */
  public int arenaTokens() {
    return 0;
  }

  /** Runs one step. All ranks of a group run the same steps. */
  public StepLogits step(DecoderStep step) {
    throw new UnsupportedOperationException("being built");
  }

  @Override
  public void close() {}
}
