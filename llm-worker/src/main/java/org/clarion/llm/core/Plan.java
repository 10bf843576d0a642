package org.clarion.llm.core;

import java.util.List;
import java.util.function.Supplier;
import org.clarion.models.grammar.Constraint;
import org.jspecify.annotations.Nullable;

/**
 * What a rank executes next, already checked by itself: extents lie in the arena, tokens in the vocabulary, spans in
 * their row. Whether it fits the sequences is {@link SequenceTable}'s question.
 *
 * @param epoch
 *          fencing token of the owner
 * @param step
 *          number of the step within the epoch
 * @param admissions
 *          sequences that appear for the first time, or start again
 * @param rows
 *          each sequence at most once
 * @param release
 *          sequences whose state is dropped before the rows run
 * @param forks
 *          made in order, after releases and admissions and before the rows
 * @param drops
 *          embeddings that no live session needs
 */
public record Plan(long epoch, long step, List<Admission> admissions, List<Row> rows, List<Long> release,
    List<Fork> forks, List<ImageKey> drops) {
  public Plan {
    admissions = List.copyOf(admissions);
    rows = List.copyOf(rows);
    release = List.copyOf(release);
    forks = List.copyOf(forks);
    drops = List.copyOf(drops);
  }

  /** Whether a row goes on with a sequence that an earlier plan began: it could have run as soon as that one ended. */
  public boolean continues() {
    for (Row row : rows) {
      if (row instanceof Decode || row instanceof Verify
          || admissions.stream().noneMatch(a -> a.sequence() == row.sequence())) {
        return true;
      }
    }
    return false;
  }

  /**
   * A sequence and how its tokens are chosen.
   *
   * @param answer
   *          the answer's tokens so far; owned by the record
   * @param beamCandidates
   *          above 0 for a beam: nothing is sampled, so many likeliest ids are told instead
   * @param format
   *          what the answer has to look like, where this rank samples, asked for when the first token is chosen; null
   *          for anything
   */
  public record Admission(long sequence, Sampling sampling, int[] answer, int beamCandidates,
      @Nullable Supplier<Constraint> format) {
    /** Without a format. */
    public Admission(long sequence, Sampling sampling, int[] answer, int beamCandidates) {
      this(sequence, sampling, answer, beamCandidates, null);
    }
  }

  /**
   * {@code to} goes on where {@code from} stands. A sequence that is both moves with its keys and values; where both
   * are 0, only keys and values are copied, for a sequence that comes later or for none.
   *
   * @param fromOffset
   *          start of {@code from}'s extent
   * @param toOffset
   *          start of {@code to}'s extent
   * @param position
   *          first position whose keys and values are copied
   * @param count
   *          positions copied
   */
  public record Fork(long from, long to, int fromOffset, int toOffset, int position, int count) {
    /** Whether no sequence becomes another: the ranges may overlap then. */
    public boolean moves() {
      return from == to;
    }
  }

  /**
   * One sequence's part of the step.
   */
  public sealed interface Row {
    long sequence();

    /** Absolute position of the first token, at least. */
    int position();

    /** Positions that the row computes, at most. */
    int count();

    /** Start of the sequence's extent in the arena. */
    int arenaOffset();

    /** Whether the last position yields a token. */
    boolean sample();
  }

  /** A chunk of a prompt; {@code tokens} holds any valid id where a span lies. */
  public record Prefill(long sequence, int position, int arenaOffset, int[] tokens, List<Span> spans, boolean sample)
      implements
        Row {
    public Prefill {
      spans = List.copyOf(spans);
    }

    @Override
    public int count() {
      return tokens.length;
    }
  }

  /** The next token after the last sampled one. */
  public record Decode(long sequence, int position, int arenaOffset) implements Row {
    @Override
    public int count() {
      return 1;
    }

    @Override
    public boolean sample() {
      return true;
    }
  }

  /**
   * The token after the last sampled one, and drafts of those behind it. Where it begins is known when it runs: as far
   * behind {@code position} as drafts before it were accepted.
   *
   * @param end
   *          position at which the sequence has no room any more
   * @param count
   *          most positions that the row computes
   * @param expected
   *          ids expected from {@code position} on, the first being the one that the row would go on from there; may be
   *          empty; owned by the record
   */
  public record Verify(long sequence, int position, int arenaOffset, int end, int count, int[] expected)
      implements
        Row {
    @Override
    public boolean sample() {
      return true;
    }
  }

  /** A beam's next candidates after a token that the owner chose. */
  public record Beam(long sequence, int position, int arenaOffset, int token) implements Row {
    @Override
    public int count() {
      return 1;
    }

    @Override
    public boolean sample() {
      return true;
    }
  }

  /**
   * Part of an image within a chunk.
   *
   * @param key
   *          the image
   * @param rowOffset
   *          index of its first position within the row's tokens
   * @param embeddingOffset
   *          row of the embedding that lies there
   * @param count
   *          positions
   */
  public record Span(ImageKey key, int rowOffset, int embeddingOffset, int count) {}
}
