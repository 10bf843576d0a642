package org.clarion.models.grammar;

/**
 * Where an answer stands in its format. What a state is depends on the answer's tokens alone: an answer that goes on
 * elsewhere gets there by advancing over them. Not thread-safe.
 */
public final class Cursor {
  private final Constraint constraint;
  private Term state;
  private boolean broken;

  Cursor(Constraint constraint, Term state) {
    this.constraint = constraint;
    this.state = state;
  }

  /**
   * The ids that may come next; after the end, and after a token that was not allowed, only those that end an answer.
   */
  public TokenMask mask() {
    return constraint.mask(state);
  }

  /** Whether the answer may end here. */
  public boolean complete() {
    return state.nullable;
  }

  /** Whether it went over a token that was not allowed. */
  public boolean broken() {
    return broken;
  }

  /** Masks that were made for the format so far, by any cursor. */
  public long masksMade() {
    return constraint.computed();
  }

  /** Goes over a token of the answer. */
  public void advance(int token) {
    Term next = constraint.after(state, token);
    boolean ended = constraint.isEnd(token) && (state.nullable || state.equals(constraint.nothing()));
    broken |= next.equals(constraint.nothing()) && !ended;
    state = next;
  }

  /** An answer that stands at the same place. */
  public Cursor copy() {
    Cursor copy = new Cursor(constraint, state);
    copy.broken = broken;
    return copy;
  }
}
