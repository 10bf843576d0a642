package org.clarion.training.phantom;

import java.util.List;
import java.util.Set;

/** What a phantom shows, as data. */
public sealed interface Labels {
  /**
   * A chest radiograph.
   *
   * @param findings
   *          empty when it is normal
   */
  record Chest(View view, List<FindingLabel> findings) implements Labels {
    public Chest {
      findings = List.copyOf(findings);
    }
  }

  /**
   * A photograph of skin.
   *
   * @param monk
   *          step of the Monk scale, 1 to 10
   * @param concepts
   *          what can be seen, in the order of {@link Concept}
   */
  record Skin(View view, SkinTone tone, int monk, Disease disease, Set<Concept> concepts) implements Labels {}

  /**
   * Something that no medical model should describe.
   *
   * @param subject
   *          what it is, lower case
   */
  record Distractor(String subject) implements Labels {}
}
