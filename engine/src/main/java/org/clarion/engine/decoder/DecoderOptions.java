package org.clarion.engine.decoder;

/**
 * How a decoder rank runs.
 *
 * @param precision
 *          kind of the weights
 * @param kv
 *          kind of the keys and values
 * @param arenaTokens
 *          positions that the KV arena holds, all sequences together; one takes {@code 2 * layers * kvHeads * headDim}
 *          numbers over all ranks
 * @param threads
 *          intra-op threads of this rank
 */
public record DecoderOptions(Precision precision, KvKind kv, int arenaTokens, int threads) {
  /** With float32 keys and values. */
  public DecoderOptions(Precision precision, int arenaTokens, int threads) {
    this(precision, KvKind.FLOAT32, arenaTokens, threads);
  }

  public DecoderOptions {
    if (arenaTokens <= 0) {
      throw new IllegalArgumentException("the KV arena needs at least 1 token, not " + arenaTokens);
    }
    if (threads <= 0) {
      throw new IllegalArgumentException("a decoder needs at least 1 thread, not " + threads);
    }
  }
}
