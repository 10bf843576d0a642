package org.clarion.engine.align;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sequences side by side, padded to the longest: what comes before the picture, the picture's vectors, what comes after
 * it, the answer. Only the answer counts in the loss.
 *
 * @param start
 *          ids that come before every sequence and are not among {@code tokens}
 * @param tokens
 *          [sequences][length]; where a picture's vector takes the place, and behind the end, the padding's id
 * @param spanRows
 *          places of the pictures' vectors, counted through all sequences
 * @param answerRows
 *          places that are followed by a token of an answer
 * @param targets
 *          these tokens
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Sequences(int[] start, int[][] tokens, long[] spanRows, long[] answerRows, long[] targets) {
  private static final int WORTH_KEEPING = 32;

  /**
   * One sequence.
   *
   * @param before
   *          ids before the picture, BOS included where the model wants one
   * @param after
   *          ids between the picture and the answer
   * @param answer
   *          ids of the answer, with what ends it; at least one
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Sequence(int[] before, int[] after, int[] answer) {
    public Sequence {
      if (answer.length == 0) {
        throw new IllegalArgumentException("an answer without tokens teaches nothing");
      }
      if (before.length + after.length == 0) {
        throw new IllegalArgumentException("nothing comes before the answer's first token");
      }
    }

    private Sequence without(int first) {
      return new Sequence(Arrays.copyOfRange(before, first, before.length), after, answer);
    }

    /** Positions with a picture of so many vectors. */
    public int length(int pictureTokens) {
      return before.length + pictureTokens + after.length + answer.length;
    }
  }

  /**
   * Lays sequences side by side.
   *
   * @param pictureTokens
   *          vectors of one picture
   * @param padding
   *          any id
   */
  public static Sequences of(List<Sequence> sequences, int pictureTokens, int padding) {
    int length = sequences.stream().mapToInt(sequence -> sequence.length(pictureTokens)).max().orElseThrow();
    int answered = sequences.stream().mapToInt(sequence -> sequence.answer().length).sum();
    int[][] tokens = new int[sequences.size()][length];
    long[] spanRows = new long[sequences.size() * pictureTokens];
    long[] answerRows = new long[answered];
    long[] targets = new long[answered];
    int span = 0;
    int at = 0;
    for (int i = 0; i < tokens.length; i++) {
      Sequence sequence = sequences.get(i);
      int picture = sequence.before().length;
      int after = picture + pictureTokens;
      int answer = after + sequence.after().length;
      Arrays.fill(tokens[i], padding);
      System.arraycopy(sequence.before(), 0, tokens[i], 0, picture);
      System.arraycopy(sequence.after(), 0, tokens[i], after, sequence.after().length);
      System.arraycopy(sequence.answer(), 0, tokens[i], answer, sequence.answer().length);
      long row = (long) i * length;
      for (int j = 0; j < pictureTokens; j++) {
        spanRows[span++] = row + picture + j;
      }
      for (int j = 0; j < sequence.answer().length; j++) {
        answerRows[at] = row + answer + j - 1;
        targets[at++] = sequence.answer()[j];
      }
    }
    return new Sequences(new int[0], tokens, spanRows, answerRows, targets);
  }

  /**
   * Lays sequences side by side after what all of them start with, such as a system message, if that is worth keeping.
   * Only for a decoder whose weights stay as they are.
   *
   * @param pictureTokens
   *          vectors of one picture
   * @param padding
   *          any id
   */
  public static Sequences afterStart(List<Sequence> sequences, int pictureTokens, int padding) {
    int[] first = sequences.getFirst().before();
    // One id stays, so that something comes before an answer in any case.
    int common = sequences.stream().mapToInt(sequence -> common(first, sequence.before())).min().orElseThrow() - 1;
    if (common < WORTH_KEEPING) {
      return of(sequences, pictureTokens, padding);
    }
    Sequences rest = of(sequences.stream().map(sequence -> sequence.without(common)).toList(), pictureTokens, padding);
    return new Sequences(Arrays.copyOf(first, common), rest.tokens, rest.spanRows, rest.answerRows, rest.targets);
  }

  private static int common(int[] one, int[] other) {
    int mismatch = Arrays.mismatch(one, other);
    return mismatch < 0 ? one.length : mismatch;
  }

  /** Positions that are computed, padding included. */
  public int positions() {
    return tokens.length * tokens[0].length;
  }

  /** For comparison with other implementations: the targets at their places, -100 elsewhere. */
  public int[] labels() {
    int length = tokens[0].length;
    int[] labels = new int[tokens.length * length];
    Arrays.fill(labels, -100);
    IntStream.range(0, targets.length).forEach(i -> labels[Math.toIntExact(answerRows[i]) + 1] = (int) targets[i]);
    return labels;
  }
}
