package org.clarion.training.align;

import java.util.Optional;
import org.clarion.training.phantom.PhantomKind;
import org.clarion.training.phantom.Wording;

/** Where a stage's pictures and texts come from. */
public sealed interface Material {
  /**
   * The data set that the command was given: for all stages, or under this name.
   *
   * @param name
   *          {@code data} for the one without a name
   */
  record Given(String name) implements Material {}

  /**
   * Phantoms, drawn where they are needed.
   *
   * @param kind
   *          empty for the mixture
   * @param count
   *          how many
   * @param seed
   *          of the first; the others count on from it
   * @param size
   *          pixels of a side that they are drawn in, before they are brought to the model's size
   * @param wordings
   *          in how many ways their texts say a thing
   */
  record Phantoms(Optional<PhantomKind> kind, int count, long seed, int size,
      Wording.Variety wordings) implements Material {}
}
