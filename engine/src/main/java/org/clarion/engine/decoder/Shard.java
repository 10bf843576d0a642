package org.clarion.engine.decoder;

import java.util.Arrays;
import org.clarion.models.architecture.DecoderConfig;

/**
 * What one rank holds of a decoder: the plan is the same for every architecture. Attention is cut by KV head, with the
 * query heads that share it, so nothing is computed twice and uneven cuts work (3 KV heads on 2 ranks: 2 and 1). Where
 * there are more ranks than KV heads, as many ranks hold copies of one KV head and share its query heads. The MLP is
 * cut by inner column, the output head by vocabulary. The tables of {@code docs/tensor-parallelism.md} name the
 * tensors.
 *
 * @param heads
 *          query heads
 * @param kvHeads
 *          KV heads that these queries read; every one serves the same number of them
 * @param ffn
 *          inner columns of the MLP
 * @param vocabulary
 *          ids whose logits are computed
 */
record Shard(Range heads, Range kvHeads, Range ffn, Range vocabulary) {
  /** Cuts are at multiples of this where the size is one. */
  static final int WIDEST_UNIT = 32;
  /** Columns and rows are cut at multiples of the first of these that the size allows: what vector kernels like. */
  private static final int[] UNITS = {WIDEST_UNIT, 16, 8, 4, 2, 1};

  record Range(int first, int count) {}

  /**
   * The part of one rank.
   *
   * @throws IllegalArgumentException
   *           when the shape cannot be cut over that many ranks
   */
  static Shard of(DecoderConfig config, int rank, int ranks) {
    Range kvHeads = kvHeads(config, rank, ranks);
    return new Shard(heads(config, kvHeads, rank, ranks), kvHeads,
        cut(config.intermediate(), rank, ranks, unit(config.intermediate(), ranks)),
        cut(config.vocabulary(), rank, ranks, unit(config.vocabulary(), ranks)));
  }

  private static Range kvHeads(DecoderConfig config, int rank, int ranks) {
    if (ranks <= config.kvHeads()) {
      return cut(config.kvHeads(), rank, ranks, 1);
    }
    if (ranks % config.kvHeads() != 0 || ranks > config.heads()) {
      throw new IllegalArgumentException(config.heads() + " query heads with " + config.kvHeads()
          + " KV heads cannot be cut over " + ranks + " ranks: at most one rank per KV head, or a multiple of "
          + config.kvHeads() + " up to one rank per query head");
    }
    return new Range(rank / (ranks / config.kvHeads()), 1);
  }

  private static Range heads(DecoderConfig config, Range kvHeads, int rank, int ranks) {
    int group = config.groupSize();
    if (ranks <= config.kvHeads()) {
      return new Range(kvHeads.first() * group, kvHeads.count() * group);
    }
    int copies = ranks / config.kvHeads();
    Range part = cut(group, rank % copies, copies, 1);
    return new Range(kvHeads.first() * group + part.first(), part.count());
  }

  private static int unit(int total, int ranks) {
    return Arrays.stream(UNITS).filter(unit -> total % unit == 0 && total / unit >= ranks).findFirst().orElse(1);
  }

  /** Nearly equal parts; the first ones take what is left over. */
  private static Range cut(int total, int rank, int ranks, int unit) {
    int units = total / unit;
    if (units < ranks) {
      throw new IllegalArgumentException("a size of " + total + " cannot be cut over " + ranks + " ranks");
    }
    int first = units / ranks * rank + Math.min(rank, units % ranks);
    int count = units / ranks + (rank < units % ranks ? 1 : 0);
    return new Range(first * unit, count * unit);
  }
}
