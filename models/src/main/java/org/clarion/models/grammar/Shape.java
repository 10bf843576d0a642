package org.clarion.models.grammar;

import java.util.List;

/** What a {@link Term} is made of. Terms are unique within their {@link Terms}, so equal shapes are one term. */
sealed interface Shape {
  /** No text at all. */
  record None() implements Shape {}

  /** The empty text only. */
  record Blank() implements Shape {}

  /** Any text: stands for what lies too far ahead to matter. */
  record Any() implements Shape {}

  /** One byte of a set that is not empty. */
  record OneOf(ByteSet bytes) implements Shape {}

  /** One after the other; {@code first} is no sequence itself. */
  record Seq(Term first, Term rest) implements Shape {}

  /** Either of at least two, ordered by number. */
  record Alt(List<Term> terms) implements Shape {}

  /** From {@code min} to {@code max} times; {@code unit} is not blank. */
  record Repeat(Term unit, int min, int max) implements Shape {
    static final int UNBOUNDED = Integer.MAX_VALUE;
  }

  /** What is a text of both. */
  record Both(Term left, Term right) implements Shape {}

  /** A recursive rule, which may go through itself so many times more. */
  record Ref(Rule rule, int depth) implements Shape {}

  /** Makes a recursive part when it is needed; its texts are never empty. */
  interface Rule {
    Term expand(int depth);
  }
}
