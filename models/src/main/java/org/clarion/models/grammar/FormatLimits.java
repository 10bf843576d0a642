package org.clarion.models.grammar;

/**
 * How large a format may be. Compilation is counted in terms, not in time, so that the same format is taken or refused
 * everywhere.
 *
 * @param text
 *          characters of a schema
 * @param nesting
 *          levels of a schema's JSON
 * @param depth
 *          how often an answer may go through a recursive reference, or nest values of any content
 * @param properties
 *          properties of a schema, all objects together
 * @param values
 *          values of enum and const, all together
 * @param length
 *          characters or items that a bound may name
 * @param pattern
 *          characters of a regular expression
 * @param patternWeight
 *          places in a regular expression, one in a repetition counted as often as that may repeat
 * @param terms
 *          parts of the compiled automaton
 * @param products
 *          states of a pattern combined with a length
 */
public record FormatLimits(int text, int nesting, int depth, int properties, int values, int length, int pattern,
    int patternWeight, int terms, int products) {
  /** What is used everywhere. */
  public static final FormatLimits STANDARD = new FormatLimits(65_536, 32, 16, 400, 1_000, 100_000, 1_024, 5_000,
      30_000, 2_000);

  /** Refuses a value above its limit. */
  void check(String what, long value, long limit) {
    if (value > limit) {
      throw new FormatException(FormatException.Code.TOO_LARGE, what + " is " + value + ", the limit is " + limit);
    }
  }
}
