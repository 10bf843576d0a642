package org.clarion.engine.bench;

import org.clarion.engine.decoder.KvKind;
import org.clarion.engine.decoder.Precision;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.ConvertedDecoder;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.FalconWeights;
import org.clarion.models.checkpoint.LlamaWeights;

/**
 * What a step must read and compute at least, counted from shapes: every weight of a matrix product once, the keys and
 * values of each sequence once, a multiply-add as two operations. All ranks together.
 *
 * @param config
 *          the decoder's shape
 * @param weights
 *          elements of all matrices but the head that tokens are multiplied with
 * @param head
 *          elements of the head, which only rows with logits are multiplied with
 * @param weightBytes
 *          of one element
 * @param kvBytes
 *          of one key or value element
 */
record DecoderCosts(DecoderConfig config, long weights, long head, double weightBytes, double kvBytes) {
  /** Values of a group share a float32 factor in int4. */
  private static final double INT4_BYTES = 0.5 + 4.0 / 32;

  /** Counts the matrices of a decoder. */
  static DecoderCosts of(DecoderWeights weights, Precision precision, KvKind kv) {
    DecoderConfig config = weights.config();
    Checkpoint checkpoint = switch (weights) {
      case LlamaWeights _,FalconWeights _ -> weights.checkpoint();
      // Its tensors are packed; made-up weights have the shapes of the graph.
      case ConvertedDecoder _ -> DecoderWeights.random(config, 0).checkpoint();
    };
    long head = (long) config.vocabulary() * config.hidden();
    long all = checkpoint.tensors().values().stream().filter(tensor -> tensor.shape().size() == 2)
        .mapToLong(tensor -> tensor.elements()).sum();
    long embedding = config.tiedHead() ? head : 2 * head;
    return new DecoderCosts(config, all - embedding, head, bytes(precision), bytes(kv));
  }

  /** Bytes of one weight. */
  static double bytes(Precision precision) {
    return switch (precision) {
      case FLOAT32 -> 4;
      case FLOAT16, BFLOAT16 -> 2;
      case INT8 -> 1;
      case INT4 -> INT4_BYTES;
    };
  }

  private static double bytes(KvKind kv) {
    return switch (kv) {
      case FLOAT32 -> 4;
      case BFLOAT16 -> 2;
      case INT8 -> 1;
    };
  }

  /** Bytes of one step of {@code rows} sequences, each with {@code context} positions behind it. */
  double decodeBytes(int rows, int context) {
    return weightBytes * (weights + head) + kvBytes * keysAndValues() * rows * context;
  }

  /** Operations of such a step. */
  double decodeOperations(int rows, int context) {
    return 2.0 * rows * (weights + head) + 4.0 * queries() * rows * context;
  }

  /** Bytes of the prefill of one prompt. */
  double prefillBytes(int tokens) {
    return weightBytes * (weights + head) + kvBytes * keysAndValues() * tokens;
  }

  /** Operations of such a prefill, with causal attention and one row of logits. */
  double prefillOperations(int tokens) {
    return 2.0 * tokens * weights + 2.0 * head + 2.0 * queries() * tokens * (tokens + 1.0);
  }

  /** Bytes of all weights, embedding included, as the engine keeps them at best. */
  double modelBytes() {
    return weightBytes * (weights + head);
  }

  /** Bytes of a KV arena of so many positions. */
  double arenaBytes(int positions) {
    return kvBytes * keysAndValues() * positions;
  }

  private double queries() {
    return (double) config.layers() * config.heads() * config.headDim();
  }

  private double keysAndValues() {
    return 2.0 * config.layers() * config.kvHeads() * config.headDim();
  }
}
