package org.clarion.training.evaluate;

import java.util.List;

/**
 * All that one model answered.
 *
 * @param model
 *          its name
 * @param outcomes
 *          in the order of the cases
 * @param failures
 *          cases without an answer
 * @param repeated
 *          how often a case was asked a second time, alone and last instead of among others
 * @param same
 *          how many of these answers were the same to the letter
 */
public record Run(String model, List<CaseOutcome> outcomes, List<Failed> failures, int repeated, int same) {
  /** A case without an answer, and why. */
  public record Failed(String id, String reason) {}

  public Run {
    outcomes = List.copyOf(outcomes);
    failures = List.copyOf(failures);
  }
}
