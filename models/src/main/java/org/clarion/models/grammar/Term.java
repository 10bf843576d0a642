package org.clarion.models.grammar;

import org.jspecify.annotations.Nullable;

/**
 * A set of texts over bytes, and so the state of an automaton: what may still come. Compared by identity; made by
 * {@link Terms} only.
 */
final class Term {
  final int number;
  final Shape shape;
  /** Whether the empty text is in the set: an answer may end here. */
  final boolean nullable;
  /** No text of the set has fewer bytes; a lower bound is enough. */
  final int shortest;
  /** What remains after each byte, filled in as it is asked for. */
  @Nullable
  Term @Nullable [] next;
  /** For {@link Shape.Both}: whether it is known that the set is not empty. */
  boolean settled;

  Term(int number, Shape shape, boolean nullable, int shortest) {
    this.number = number;
    this.shape = shape;
    this.nullable = nullable;
    this.shortest = shortest;
  }

  @Override
  public String toString() {
    return "Term[" + number + ", " + shape.getClass().getSimpleName() + "]";
  }
}
