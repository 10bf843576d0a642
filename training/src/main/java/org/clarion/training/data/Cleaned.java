package org.clarion.training.data;

import java.util.List;
import java.util.Map;

/**
 * A data set after cleaning.
 *
 * @param cases
 *          what is left, with what is left of their reports
 * @param dropped
 *          which cases were left out and why, in their order
 * @param edited
 *          how many of all reports lost words to each rule
 */
public record Cleaned(List<ReportCase> cases, List<Dropped> dropped, Map<CleaningRule, Integer> edited) {
  /** A case that was left out. */
  public record Dropped(String id, CleaningRule rule, int words) {}

  public Cleaned {
    cases = List.copyOf(cases);
    dropped = List.copyOf(dropped);
    edited = Map.copyOf(edited);
  }
}
