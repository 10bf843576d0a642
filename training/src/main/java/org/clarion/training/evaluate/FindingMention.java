package org.clarion.training.evaluate;

import java.util.Set;
import org.clarion.training.phantom.Finding;
import org.clarion.training.phantom.Side;

/**
 * A place of a text that speaks of a finding.
 *
 * @param sides
 *          left, right, both, or empty where the text names none
 */
public record FindingMention(Finding finding, Certainty certainty, Set<Side> sides) {
  public FindingMention {
    sides = Set.copyOf(sides);
  }
}
