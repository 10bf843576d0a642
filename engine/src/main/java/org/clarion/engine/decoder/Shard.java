package org.clarion.engine.decoder;

import org.clarion.models.architecture.LlamaConfig;

/**
 * What one rank holds. Attention is cut by KV head, with the query heads that share it, so nothing is computed twice
 * and uneven cuts work (3 KV heads on 2 ranks: 2 and 1); the MLP by inner column, the head by vocabulary.
 */
record Shard(Range kvHeads, Range ffn, Range vocabulary) {
  /** Columns and rows are cut at multiples of this where the size allows: what vector kernels like. */
  private static final int UNIT = 16;

  record Range(int first, int count) {}

  static Shard of(LlamaConfig config, int rank, int ranks) {
    if (ranks > config.kvHeads()) {
      throw new IllegalArgumentException(
          config.kvHeads() + " KV heads cannot be cut over " + ranks + " ranks: at most one rank per KV head");
    }
    return new Shard(cut(config.kvHeads(), rank, ranks, 1), cut(config.intermediate(), rank, ranks, UNIT),
        cut(config.vocabulary(), rank, ranks, UNIT));
  }

  /** Nearly equal parts; the first ones take what is left over. */
  private static Range cut(int total, int rank, int ranks, int unit) {
    int step = total % unit == 0 && total / unit >= ranks ? unit : 1;
    int units = total / step;
    if (units < ranks) {
      throw new IllegalArgumentException("a size of " + total + " cannot be cut over " + ranks + " ranks");
    }
    int first = units / ranks * rank + Math.min(rank, units % ranks);
    int count = units / ranks + (rank < units % ranks ? 1 : 0);
    return new Range(first * step, count * step);
  }
}
