package org.clarion.models.doctor;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.FalconConfig;
import org.clarion.models.architecture.LlamaConfig;

/**
 * What a model takes in memory when it is cut over ranks. Pure arithmetic on shapes: attention is cut by KV head (more
 * ranks than KV heads share copies), the MLP by inner column, the output head by vocabulary; every rank has the whole
 * embedding. Numbers are those of the largest rank.
 *
 * @param question
 *          what was asked
 * @param tower
 *          bytes of one image tower, by the kind that the decoder has; 0 for a text-only model
 * @param rows
 *          one for each number of ranks
 */
public record MemoryPlan(Question question, Map<WeightKind, Long> tower, List<Row> rows) {
  /** What a process needs besides weights and cache: its JVM, libtorch, activations. */
  public static final long WORKING_BYTES = 1L << 30;
  private static final int UNIT = 16;

  public MemoryPlan {
    tower = Map.copyOf(tower);
    rows = List.copyOf(rows);
  }

  /**
   * What the plan is for.
   *
   * @param context
   *          positions of each sequence
   * @param sequences
   *          at a time
   * @param cache
   *          kind of keys and values
   * @param maxRanks
   *          from 1 to this
   * @param available
   *          memory that is free on this machine, bytes
   */
  public record Question(int context, int sequences, CacheKind cache, int maxRanks, long available) {}

  /** Whether it fits on this machine. */
  public enum Fit {
    /** All ranks and an image tower. */
    ALL,
    /** One rank: the others need machines of their own. */
    ONE,
    /** Not even one rank. */
    NONE
  }

  /**
   * One way to cut.
   *
   * @param ranks
   *          number of ranks
   * @param impossible
   *          why the model cannot be cut so; empty when it can
   * @param weights
   *          bytes of the largest rank's weights
   * @param cache
   *          bytes of its keys and values
   */
  public record Row(int ranks, String impossible, Map<WeightKind, Long> weights, long cache) {
    public Row {
      weights = Map.copyOf(weights);
    }

    /** Bytes of the weights in one kind; 0 where the model cannot be cut so. */
    public long weights(WeightKind kind) {
      return weights.getOrDefault(kind, 0L);
    }

    private long bytes(WeightKind kind) {
      return weights(kind) + cache + WORKING_BYTES;
    }
  }

  /** Plans for every number of ranks. */
  static MemoryPlan of(DecoderConfig config, long towerElements, Question question) {
    Map<WeightKind, Long> tower = new EnumMap<>(WeightKind.class);
    for (WeightKind kind : WeightKind.values()) {
      tower.put(kind, kind.plain(towerElements));
    }
    List<Row> rows = new ArrayList<>();
    for (int ranks = 1; ranks <= question.maxRanks(); ranks++) {
      rows.add(row(config, ranks, question));
    }
    return new MemoryPlan(question, tower, rows);
  }

  /** Whether a way to cut fits on this machine. */
  public Fit fit(Row row, WeightKind kind) {
    if (!row.impossible().isEmpty()) {
      return Fit.NONE;
    }
    long image = tower.getOrDefault(kind, 0L);
    long towerProcess = image == 0 ? 0 : image + WORKING_BYTES;
    if (row.ranks() * row.bytes(kind) + towerProcess <= question.available()) {
      return Fit.ALL;
    }
    return row.bytes(kind) <= question.available() ? Fit.ONE : Fit.NONE;
  }

  private static Row row(DecoderConfig config, int ranks, Question question) {
    int kvHeads = config.kvHeads();
    boolean copies = ranks > kvHeads;
    if (copies && (ranks % kvHeads != 0 || ranks > config.heads())) {
      return new Row(ranks, kvHeads + " KV heads", Map.of(), 0);
    }
    long kv = copies ? 1 : ceil(kvHeads, ranks, 1);
    long heads = copies ? ceil(config.groupSize(), ranks / kvHeads, 1) : kv * config.groupSize();
    long inner = ceil(config.intermediate(), ranks, UNIT);
    long vocabulary = ceil(config.vocabulary(), ranks, UNIT);
    Map<WeightKind, Long> weights = new EnumMap<>(WeightKind.class);
    for (WeightKind kind : WeightKind.values()) {
      long hidden = config.hidden();
      long queries = heads * config.headDim();
      long layer = kind.matrix(queries + 2 * kv * config.headDim(), hidden) + kind.matrix(hidden, queries)
          + inward(config) * kind.matrix(inner, hidden) + kind.matrix(hidden, inner);
      // The head of an int4 model is int8.
      WeightKind head = kind == WeightKind.INT4 ? WeightKind.INT8 : kind;
      weights.put(kind, config.layers() * layer + head.matrix(vocabulary, hidden)
          + kind.plain((long) config.vocabulary() * hidden));
    }
    long cache = question.cache().position(config.headDim()) * kv * config.layers() * question.context()
        * question.sequences();
    return new Row(ranks, "", weights, cache);
  }

  /** Matrices that lead into the MLP. */
  private static int inward(DecoderConfig config) {
    return switch (config) {
      case LlamaConfig _ -> 2;
      case FalconConfig _ -> 1;
    };
  }

  /** The largest of nearly equal parts, cut at multiples of a unit where the size allows. */
  private static long ceil(int total, int parts, int unit) {
    int step = total % unit == 0 && total / unit >= parts ? unit : 1;
    return (long) ((total / step + parts - 1) / parts) * step;
  }
}
