package org.clarion.training.align;

import java.util.List;
import java.util.Optional;

/**
 * A training: which model, what in which order.
 *
 * @param name
 *          for people and file names
 * @param title
 *          one line
 * @param seed
 *          of everything that is drawn
 * @param model
 *          id or manifest of the model to start from, unless the command names another; a name that ends in
 *          {@code .yaml} may also be that of a manifest that comes with Clarion's recipes
 * @param vocabulary
 *          where the model's vocabulary is to be learned from the material: its size
 * @param freshProjection
 *          whether the projection begins at random even where the model's files hold one
 * @param projectionDeviation
 *          of what a projection that begins at random is drawn with; 0 for that of PyTorch's linear layers
 * @param text
 *          the recipe as it was read
 */
public record Recipe(String name, String title, long seed, Optional<String> model, Optional<Integer> vocabulary,
    boolean freshProjection, double projectionDeviation, List<Stage> stages, String text) {
  public Recipe {
    stages = List.copyOf(stages);
  }

  /**
   * The same with some of its stages, in its own order.
   *
   * @throws AlignException
   *           when it has no stage of such a name
   */
  public Recipe only(List<String> names) {
    List<String> known = stages.stream().map(Stage::name).toList();
    names.stream().filter(name -> !known.contains(name)).findFirst().ifPresent(name -> {
      throw new AlignException("recipe " + this.name + " has no stage '" + name + "'; it has " + String.join(", ",
          known));
    });
    return new Recipe(name, title, seed, model, vocabulary, freshProjection, projectionDeviation,
        stages.stream().filter(stage -> names
            .contains(stage.name())).toList(),
        text);
  }
}
