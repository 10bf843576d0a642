package org.clarion.llm.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a plan must keep to on this rank. A plan that does not is the owner's fault and is refused whole: running it
 * would read or write another sequence's keys and values.
 *
 * @param arenaTokens
 *          positions of the arena
 * @param vocabulary
 *          number of token ids
 * @param maxContext
 *          positions that one sequence may have
 * @param imageTokens
 *          positions of one image, 0 for a model without images
 * @param maxRows
 *          rows of one plan
 */
public record PlanLimits(int arenaTokens, int vocabulary, int maxContext, int imageTokens, int maxRows) {
  private record Range(long sequence, int from, int to) {}

  /**
   * Checks an extent against arena and context.
   *
   * @throws IllegalArgumentException
   *           naming the row and the limit
   */
  public void checkExtent(long sequence, long position, long count, long offset, long length) {
    if (offset < 0 || length <= 0 || offset + length > arenaTokens) {
      throw new IllegalArgumentException(
          "the extent [" + offset + ", " + (offset + length) + ") of sequence " + sequence
              + " is not within the arena of " + arenaTokens + " positions");
    }
    if (position < 0 || count <= 0 || position + count > length) {
      throw new IllegalArgumentException("positions " + position + " to " + (position + count) + " of sequence "
          + sequence + " are not within its extent of " + length);
    }
    if (position + count > maxContext) {
      throw new IllegalArgumentException("positions " + position + " to " + (position + count) + " of sequence "
          + sequence + " exceed the context of " + maxContext);
    }
  }

  /** Checks ids against the vocabulary. */
  public void checkTokens(long sequence, int... tokens) {
    for (int token : tokens) {
      if (token < 0 || token >= vocabulary) {
        throw new IllegalArgumentException("token id " + Integer.toUnsignedString(token) + " of sequence " + sequence
            + " is not below the vocabulary's " + vocabulary);
      }
    }
  }

  /** Checks a prefill's ids and spans. */
  public void checkPrefill(long sequence, int[] tokens, List<Plan.Span> spans) {
    checkTokens(sequence, tokens);
    int free = 0;
    for (Plan.Span span : spans.stream().sorted(Comparator.comparingInt(Plan.Span::rowOffset)).toList()) {
      boolean inRow = span.rowOffset() >= free && span.count() > 0 && span.count() <= tokens.length - span.rowOffset();
      boolean inImage = span.embeddingOffset() >= 0 && span.count() <= imageTokens - span.embeddingOffset();
      if (!inRow || !inImage) {
        throw new IllegalArgumentException("a span of " + span.count() + " positions at " + span.rowOffset()
            + " from image position " + span.embeddingOffset() + " does not fit a row of " + tokens.length
            + " and an image of " + imageTokens);
      }
      free = span.rowOffset() + span.count();
    }
  }

  /** Checks that rows do not write each other's positions and that no sequence comes twice. */
  public void checkRows(List<Plan.Row> rows) {
    if (rows.size() > maxRows) {
      throw new IllegalArgumentException(rows.size() + " rows exceed the limit of " + maxRows);
    }
    Set<Long> seen = new HashSet<>();
    List<Range> written = new ArrayList<>();
    for (Plan.Row row : rows) {
      if (!seen.add(row.sequence())) {
        throw new IllegalArgumentException("sequence " + row.sequence() + " has two rows in one plan");
      }
      int from = row.arenaOffset() + row.position();
      int to = row instanceof Plan.Verify verify ? row.arenaOffset() + verify.end() : from + row.count();
      written.add(new Range(row.sequence(), from, to));
    }
    written.sort(Comparator.comparingInt(Range::from));
    for (int i = 1; i < written.size(); i++) {
      if (written.get(i).from() < written.get(i - 1).to()) {
        throw new IllegalArgumentException("sequences " + written.get(i - 1).sequence() + " and "
            + written.get(i).sequence() + " write the same arena position " + written.get(i).from());
      }
    }
  }
}
