package org.clarion.engine.decoder;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.models.architecture.DecoderConfig;

/**
 * A step as the program takes it: all tokens in one row order, prefill chunks first, then decoding sequences ordered by
 * extent so that equally spaced ones are found. Making one checks every number of the step.
 *
 * @param rows
 *          [3, tokens]: token ids, positions, places in the arena
 * @param prefills
 *          first row, count, position and extent of each chunk
 * @param runs
 *          first row, count, first extent, distance and longest context of each run
 * @param spanRows
 *          rows whose embeddings are replaced
 * @param spans
 *          what replaces them
 * @param logitRows
 *          rows whose logits are wanted, in the caller's order
 */
record StepLayout(int tokens, long[] rows, long[] prefills, long[] runs, long[] spanRows, List<float[]> spans,
    long[] logitRows) {

  /** What the numbers of a step are checked against. */
  record Limits(DecoderConfig config, int arenaTokens, int positions) {
    /** Checks a copy within the arena. */
    void checkCopy(int from, int to, int count) {
      int last = arenaTokens - count;
      if (count < 0 || from < 0 || to < 0 || from > last || to > last || Math.abs(from - to) < count) {
        throw new IllegalArgumentException("cannot copy " + count + " positions from " + from + " to " + to
            + " in an arena of " + arenaTokens);
      }
    }
  }

  static StepLayout of(DecoderStep step, Limits limits) {
    return new Builder(step, limits).build();
  }

  private static final class Builder {
    private final DecoderStep step;
    private final Limits limits;
    private final int total;
    private final long[] rows;
    private final long[] prefills;
    private final List<Long> runs = new ArrayList<>();
    private final List<Long> spanRows = new ArrayList<>();
    private final List<float[]> spans = new ArrayList<>();
    private final long[] logitRows;
    private int row;
    private int logits;

    Builder(DecoderStep step, Limits limits) {
      this.step = step;
      this.limits = limits;
      this.total = step.tokens();
      this.rows = new long[3 * total];
      this.prefills = new long[4 * step.prefills().size()];
      this.logitRows = new long[step.logitRows()];
    }

    StepLayout build() {
      for (int i = 0; i < step.prefills().size(); i++) {
        add(i, step.prefills().get(i));
      }
      addDecodes();
      return new StepLayout(total, rows, prefills, toArray(runs), toArray(spanRows), spans, logitRows);
    }

    private void add(int index, PrefillRow prefill) {
      int count = prefill.tokens().length;
      if (count == 0) {
        throw new IllegalArgumentException("prefill " + index + " has no tokens");
      }
      check(prefill.position(), count, prefill.arenaOffset());
      prefills[4 * index] = row;
      prefills[4 * index + 1] = count;
      prefills[4 * index + 2] = prefill.position();
      prefills[4 * index + 3] = prefill.arenaOffset();
      for (EmbeddingSpan span : prefill.spans()) {
        addSpan(span, count);
      }
      for (int i = 0; i < count; i++) {
        put(prefill.tokens()[i], prefill.position() + i, prefill.arenaOffset());
      }
      if (prefill.logits() < 0 || prefill.logits() > count) {
        throw new IllegalArgumentException(
            prefill.logits() + " rows of logits cannot come of a chunk of " + count);
      }
      for (int last = prefill.logits(); last > 0; last--) {
        logitRows[logits++] = (long) row - last;
      }
    }

    private void addSpan(EmbeddingSpan span, int count) {
      int hidden = limits.config().hidden();
      int vectors = span.embedding().length / hidden;
      if (span.embedding().length % hidden != 0) {
        throw new IllegalArgumentException(
            "an embedding of " + span.embedding().length + " values is no whole number of " + hidden + "-vectors");
      }
      if (span.rowOffset() < 0 || span.rowOffset() > count - vectors) {
        throw new IllegalArgumentException(
            vectors + " vectors from token " + span.rowOffset() + " on do not fit into a chunk of " + count);
      }
      for (float value : span.embedding()) {
        // One would stay in the arena and reach the sums of other sequences.
        if (!Float.isFinite(value)) {
          throw new IllegalArgumentException("an embedding holds a value that is not finite");
        }
      }
      IntStream.range(0, vectors).forEach(i -> spanRows.add((long) row + span.rowOffset() + i));
      spans.add(span.embedding());
    }

    private void addDecodes() {
      List<DecodeRow> decodes = step.decodes();
      List<Integer> order = IntStream.range(0, decodes.size()).boxed()
          .sorted(Comparator.comparingInt(i -> decodes.get(i).arenaOffset())).toList();
      for (int i = 0; i < order.size();) {
        int end = endOfRun(decodes, order, i);
        DecodeRow first = decodes.get(order.get(i));
        int distance = end - i == 1 ? 0 : decodes.get(order.get(i + 1)).arenaOffset() - first.arenaOffset();
        runs.addAll(List.of((long) row, (long) end - i, (long) first.arenaOffset(), (long) distance,
            (long) longest(decodes, order.subList(i, end))));
        for (; i < end; i++) {
          DecodeRow decode = decodes.get(order.get(i));
          check(decode.position(), 1, decode.arenaOffset());
          logitRows[logits + order.get(i)] = row;
          put(decode.token(), decode.position(), decode.arenaOffset());
        }
      }
    }

    /**
     * Where the run that starts at {@code start} ends: extents at equal distances, contexts of similar length (every
     * row is computed as if it were the longest), and no view past the arena's end.
     */
    private int endOfRun(List<DecodeRow> decodes, List<Integer> order, int start) {
      int end = start + 1;
      int distance = 0;
      int longest = decodes.get(order.get(start)).position() + 1;
      while (end < order.size()) {
        DecodeRow next = decodes.get(order.get(end));
        int gap = next.arenaOffset() - decodes.get(order.get(end - 1)).arenaOffset();
        int reach = Math.max(longest, next.position() + 1);
        if ((end > start + 1 && gap != distance) || gap == 0 || next.arenaOffset() + reach > limits.arenaTokens()) {
          break;
        }
        distance = gap;
        longest = reach;
        end++;
      }
      return end;
    }

    private static int longest(List<DecodeRow> decodes, List<Integer> run) {
      return run.stream().mapToInt(i -> decodes.get(i).position() + 1).max().orElseThrow();
    }

    private void put(int token, int position, int extent) {
      if (token < 0 || token >= limits.config().vocabulary()) {
        throw new IllegalArgumentException(
            "token " + token + " is outside the vocabulary of " + limits.config().vocabulary());
      }
      rows[row] = token;
      rows[total + row] = position;
      rows[2 * total + row] = (long) extent + position;
      row++;
    }

    private void check(int position, int count, int extent) {
      if (position < 0 || position > limits.positions() - count) {
        throw new IllegalArgumentException(
            count + " tokens from position " + position + " on exceed the context of " + limits.positions());
      }
      if (extent < 0 || extent > limits.arenaTokens() - position - count) {
        throw new IllegalArgumentException("positions up to " + (position + count) + " of an extent at " + extent
            + " exceed the arena of " + limits.arenaTokens());
      }
      if (extent % DecoderStep.ALIGNMENT != 0) {
        throw new IllegalArgumentException(
            "an extent at " + extent + " does not start at a multiple of " + DecoderStep.ALIGNMENT);
      }
    }

    private static long[] toArray(List<Long> values) {
      return values.stream().mapToLong(Long::longValue).toArray();
    }
  }
}
