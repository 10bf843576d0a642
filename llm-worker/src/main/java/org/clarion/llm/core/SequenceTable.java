package org.clarion.llm.core;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.clarion.models.grammar.Constraint;
import org.clarion.models.grammar.Cursor;
import org.jspecify.annotations.Nullable;

/**
 * Where each sequence stands on this rank: computed positions, the last sampled token, how to sample. All ranks of a
 * replica apply the same plans and the same sampled tokens, so their tables are equal. One owner thread.
 *
 * <p>
 * A row runs when it starts where the sequence stands, in the extent where its keys and values lie. The first row after
 * an admission sets the stand: a follow-up continues in an extent that an earlier sequence filled, but nothing is ever
 * read that was not written since the last {@link #clear}. A prefill at position 0 needs nothing from before. A row
 * that does not run leaves the sequence where it was; rows planned ahead of it then do not fit either and are answered
 * alike, until the owner plans again from the stand.
 */
public final class SequenceTable {
  private static final int UNKNOWN = -1;

  private static final class State {
    private final Sampling sampling;
    private final int beamCandidates;
    private final Set<ImageKey> images = new HashSet<>();
    private final @Nullable Supplier<Constraint> constraint;
    private @Nullable Cursor format;
    private AnswerTokens answer;
    private int position = UNKNOWN;
    private int arenaOffset = UNKNOWN;
    private int lastToken = UNKNOWN;

    private State(Plan.Admission admission) {
      sampling = admission.sampling();
      beamCandidates = admission.beamCandidates();
      answer = new AnswerTokens(admission.answer());
      constraint = admission.format();
    }
  }

  private final Map<Long, State> sequences = new HashMap<>();
  /** Arena positions that hold keys and values. */
  private final BitSet written = new BitSet();
  private final int capacity;
  private final EmbeddingReferences references;

  /** Told which embeddings sequences still have to read. */
  public interface EmbeddingReferences {
    /** One more sequence needs it. */
    void retain(ImageKey key);

    /** One fewer does. */
    void release(ImageKey key);
  }

  /**
   * An empty table.
   *
   * @param capacity
   *          most sequences at a time
   */
  public SequenceTable(int capacity, EmbeddingReferences references) {
    this.capacity = capacity;
    this.references = references;
  }

  /** Sequences known. */
  public int size() {
    return sequences.size();
  }

  /**
   * Makes a sequence known, or known anew.
   *
   * @throws IllegalArgumentException
   *           when the table is full
   */
  public void admit(Plan.Admission admission) {
    long sequence = admission.sequence();
    release(sequence);
    if (sequences.size() >= capacity) {
      throw new IllegalArgumentException("sequence " + sequence + " would exceed the limit of " + capacity);
    }
    sequences.put(sequence, new State(admission));
  }

  /** Forgets a sequence; nothing happens when it is unknown. */
  public void release(long sequence) {
    State state = sequences.remove(sequence);
    if (state != null) {
      dropImages(state);
    }
  }

  /**
   * Makes one sequence go on where another stands; the keys and values are the caller's to copy. A fork that does not
   * fit forgets the sequence that should go on, so that its rows do not fit either.
   */
  public boolean fork(Plan.Fork fork) {
    if (fork.moves()) {
      move(fork);
      return true;
    }
    State from = sequences.get(fork.from());
    State to = sequences.get(fork.to());
    boolean fits = from != null && to != null && from.arenaOffset == fork.fromOffset()
        && fork.position() + fork.count() <= from.position;
    if (from == null || to == null || !fits) {
      release(fork.to());
      return false;
    }
    to.position = from.position;
    to.arenaOffset = fork.toOffset();
    to.answer = from.answer.copy();
    written.set(fork.toOffset() + fork.position(), fork.toOffset() + fork.position() + fork.count());
    return true;
  }

  /**
   * Notes that what an extent holds lies in another one too, and that a sequence which stood in the first goes on in
   * the second. One that stands elsewhere is forgotten, so that its rows do not fit.
   */
  private void move(Plan.Fork fork) {
    State state = sequences.get(fork.from());
    if (state != null && state.arenaOffset == fork.fromOffset()) {
      state.arenaOffset = fork.toOffset();
    } else if (state != null && state.arenaOffset != UNKNOWN) {
      release(fork.from());
    }
    int from = fork.fromOffset() + fork.position();
    int to = fork.toOffset() + fork.position();
    BitSet held = written.get(from, from + fork.count());
    for (int i = 0; i < fork.count(); i++) {
      written.set(to + i, held.get(i));
    }
  }

  /** Forgets everything, also what the arena holds. */
  public void clear() {
    written.clear();
    sequences.values().forEach(this::dropImages);
    sequences.clear();
  }

  /** Whether the row starts where its sequence stands; notes the images that it will read. */
  public boolean fits(Plan.Row row) {
    State state = sequences.get(row.sequence());
    if (state == null) {
      return false;
    }
    return switch (row) {
      case Plan.Prefill prefill -> {
        boolean fits = prefill.position() == 0
            || (state.position == UNKNOWN ? filled(prefill) : stands(state, prefill));
        if (fits) {
          prefill.spans().stream().map(Plan.Span::key).filter(state.images::add).forEach(references::retain);
        }
        yield fits;
      }
      case Plan.Decode decode -> state.lastToken != UNKNOWN && stands(state, decode);
      case Plan.Verify verify -> state.lastToken != UNKNOWN && state.arenaOffset == verify.arenaOffset()
          && state.position >= verify.position() && state.position < verify.end();
      case Plan.Beam beam -> state.beamCandidates > 0 && stands(state, beam);
    };
  }

  private boolean filled(Plan.Row row) {
    return written.nextClearBit(row.arenaOffset()) >= row.arenaOffset() + row.position();
  }

  private static boolean stands(State state, Plan.Row row) {
    return state.position == row.position() && state.arenaOffset == row.arenaOffset();
  }

  /** The token that a fitting row continues from. */
  public int lastToken(Plan.Row row) {
    return known(row).lastToken;
  }

  /** Where a fitting row begins. */
  public int position(Plan.Row row) {
    return row instanceof Plan.Verify ? known(row).position : row.position();
  }

  /** What a fitting row computes: the last token, and as many drafts as were expected to follow and are allowed. */
  public int[] drafted(Plan.Verify row) {
    State state = known(row);
    int[] expected = row.expected();
    int behind = state.position - row.position();
    int drafts = Math.min(Math.min(expected.length - behind, row.count()), row.end() - state.position) - 1;
    if (drafts < 1 || !state.answer.endsWith(expected, behind + 1)) {
      return new int[]{state.lastToken};
    }
    return Arrays.copyOfRange(expected, behind, behind + 1 + drafts);
  }

  /** How the sequence's tokens are chosen. */
  public Sampling sampling(Plan.Row row) {
    return known(row).sampling;
  }

  /** How many likeliest ids the sequence's rows tell, 0 for one that is no beam. */
  public int beamCandidates(Plan.Row row) {
    return known(row).beamCandidates;
  }

  /** The tokens of the sequence's answer before the one that the row yields. */
  public AnswerTokens answer(Plan.Row row) {
    return known(row).answer;
  }

  /** Where the sequence's answer stands in its format before the token that the row yields; null without a format. */
  public @Nullable Cursor format(Plan.Row row) {
    State state = known(row);
    Supplier<Constraint> constraint = state.constraint;
    Cursor format = state.format;
    if (constraint != null && format == null) {
      format = constraint.get().start();
      for (int i = 0; i < state.answer.length(); i++) {
        format.advance(state.answer.id(i));
      }
      state.format = format;
    }
    return format;
  }

  /** A beam's row is about to run: its token is part of the answer whose candidates it yields. */
  public void extend(Plan.Beam row) {
    known(row).answer.add(row.token());
  }

  /**
   * A fitting row ran.
   *
   * @param sampled
   *          the token that it yielded, null for a row that samples none
   */
  public void ran(Plan.Row row, @Nullable Integer sampled) {
    State state = known(row);
    state.position = row.position() + row.count();
    state.arenaOffset = row.arenaOffset();
    written.set(row.arenaOffset() + row.position(), row.arenaOffset() + state.position);
    state.lastToken = sampled == null || state.beamCandidates > 0 ? UNKNOWN : sampled;
    if (sampled != null) {
      if (state.beamCandidates == 0) {
        state.answer.add(sampled);
        if (state.format != null) {
          state.format.advance(sampled);
        }
      }
      // The prompt is complete: what its images said is in the arena now.
      dropImages(state);
    }
  }

  /**
   * A fitting row ran.
   *
   * @param sampled
   *          the tokens that it yielded: the drafts that were accepted, and one more
   */
  public void verified(Plan.Verify row, int[] sampled) {
    State state = known(row);
    int at = row.arenaOffset() + state.position;
    state.position += sampled.length;
    written.set(at, at + sampled.length);
    for (int token : sampled) {
      state.answer.add(token);
    }
    state.lastToken = sampled[sampled.length - 1];
  }

  private void dropImages(State state) {
    state.images.forEach(references::release);
    state.images.clear();
  }

  private State known(Plan.Row row) {
    State state = sequences.get(row.sequence());
    if (state == null) {
      throw new IllegalStateException("sequence " + row.sequence() + " is unknown");
    }
    return state;
  }
}
