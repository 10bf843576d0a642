package org.clarion.models.grammar;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A grammar over a vocabulary: which tokens each state allows. Masks are made when they are first needed and kept, up
 * to a bound; states that tokens cannot tell apart share one.
 *
 * <p>
 * One thread at a time, also for its cursors; {@link #memory} may be called by any.
 */
public final class Constraint {
  /** Each has a bit for every id: 6 KiB for 49,152. */
  private static final int MAX_MASKS = 2048;

  private final Grammar grammar;
  private final Vocabulary vocabulary;
  private final Set<Integer> ends;
  private final Map<Term, TokenMask> masks = new HashMap<>();
  private final TokenMask onlyEnds;
  private volatile long memory;
  private long computed;

  /**
   * Joins the two.
   *
   * @param grammar
   *          of this vocabulary's alphabet without the ends; belongs to the constraint from now on
   * @param ends
   *          ids that end an answer: allowed only where it may end; at least one
   */
  public Constraint(Grammar grammar, Vocabulary vocabulary, List<Integer> ends) {
    if (ends.isEmpty() || ends.stream().anyMatch(id -> id < 0 || id >= vocabulary.size())) {
      throw new IllegalArgumentException("ids that end an answer are " + ends + " of " + vocabulary.size());
    }
    this.grammar = grammar;
    this.vocabulary = vocabulary;
    this.ends = Set.copyOf(ends);
    onlyEnds = mask(grammar.terms().blank);
  }

  /**
   * Compiles a format for a vocabulary.
   *
   * @throws FormatException
   *           when it cannot be enforced
   */
  public static Constraint of(OutputFormat format, Vocabulary vocabulary, List<Integer> ends, FormatLimits limits) {
    return new Constraint(Grammar.compile(format, vocabulary.alphabet(ends), vocabulary.firstSpaceVanishes(), limits),
        vocabulary, ends);
  }

  /** Lets an answer end and nothing else: for what must not go on and must not go on freely either. */
  public static Constraint closed(Vocabulary vocabulary, List<Integer> ends) {
    return of(new OutputFormat.Regex(""), vocabulary, ends, FormatLimits.STANDARD);
  }

  /** An answer that has not begun. */
  public Cursor start() {
    return new Cursor(this, grammar.start());
  }

  /** Memory of what was made so far, roughly, in bytes. */
  public long memory() {
    return memory;
  }

  /** Masks that were made, as opposed to found. */
  long computed() {
    return computed;
  }

  Term after(Term state, int token) {
    Terms terms = grammar.terms();
    byte[] bytes = vocabulary.bytes(token);
    if (bytes.length == 0 || ends.contains(token)) {
      return terms.none;
    }
    Term at = state;
    for (byte value : bytes) {
      at = terms.pass(at, value & 0xFF);
    }
    return at;
  }

  boolean isEnd(int token) {
    return ends.contains(token);
  }

  Term nothing() {
    return grammar.terms().none;
  }

  TokenMask mask(Term state) {
    if (state.equals(grammar.terms().none)) {
      return onlyEnds;
    }
    TokenMask known = masks.get(state);
    if (known != null) {
      return known;
    }
    // Tokens reach only so far: what lies beyond makes no difference.
    Term near = grammar.terms().near(state, vocabulary.longest());
    TokenMask mask = masks.get(near);
    if (mask == null) {
      mask = make(near);
    }
    if (masks.size() >= MAX_MASKS) {
      masks.clear();
    }
    masks.put(state, mask);
    masks.put(near, mask);
    memory = grammar.terms().memory() + (long) masks.size() * vocabulary.size() / 8;
    return mask;
  }

  private TokenMask make(Term state) {
    computed++;
    long[] allowed = new long[(vocabulary.size() + 63) / 64];
    vocabulary.allow(grammar.terms(), state, allowed);
    for (int end : ends) {
      if (state.nullable) {
        allowed[end >> 6] |= 1L << end;
      } else {
        allowed[end >> 6] &= ~(1L << end);
      }
    }
    return new TokenMask(allowed);
  }
}
