package org.clarion.engine.decoder;

/**
 * How a decoder rank runs.
 *
 * @param precision
 *          kind of the weights
 * @param arenaTokens
 *          positions that the KV arena holds, all sequences together; one takes {@code 8 * layers * kvHeads * headDim}
 *          bytes over all ranks (keys and values in float32, in either precision: bfloat16 ones were no faster to read)
 * @param threads
 *          intra-op threads of this rank
 */
public record DecoderOptions(Precision precision, int arenaTokens, int threads) {
  public DecoderOptions {
    if (arenaTokens <= 0) {
      throw new IllegalArgumentException("the KV arena needs at least 1 token, not " + arenaTokens);
    }
    if (threads <= 0) {
      throw new IllegalArgumentException("a decoder needs at least 1 thread, not " + threads);
    }
  }
}
