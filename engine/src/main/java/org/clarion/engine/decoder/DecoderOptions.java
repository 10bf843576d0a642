package org.clarion.engine.decoder;

import org.clarion.engine.script.Device;

/**
 * How a decoder rank runs.
 *
 * @param precision
 *          kind of the weights
 * @param kv
 *          kind of the keys and values
 * @param arenaTokens
 *          positions that the KV arena holds, all sequences together; one takes {@code 2 * layers * kvHeads * headDim}
 *          numbers over all ranks, and more where ranks hold copies of KV heads
 * @param threads
 *          intra-op threads of this rank
 * @param device
 *          where weights and arena lie
 */
public record DecoderOptions(Precision precision, KvKind kv, int arenaTokens, int threads, Device device) {
  /** On the processor, with float32 keys and values. */
  public DecoderOptions(Precision precision, int arenaTokens, int threads) {
    this(precision, KvKind.FLOAT32, arenaTokens, threads);
  }

  /** On the processor. */
  public DecoderOptions(Precision precision, KvKind kv, int arenaTokens, int threads) {
    this(precision, kv, arenaTokens, threads, Device.CPU);
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
