package org.clarion.training.align;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelManifest;
import org.jspecify.annotations.Nullable;

/** Finds the model that a training starts from. */
public final class BaseModels {
  private static final String PACKAGED = ".manifest.yaml";

  private BaseModels() {}

  /**
   * The model that the command names, else the recipe's.
   *
   * @param named
   *          id or manifest file, or null
   * @throws AlignException
   *           when neither names one
   */
  public static ModelManifest of(Recipe recipe, @Nullable String named, ModelCatalogue catalogue) {
    String wanted = named == null
        ? recipe.model().orElseThrow(() -> new AlignException("recipe " + recipe.name()
            + " names no model to start from: --model does"))
        : named;
    Optional<String> packaged = wanted.endsWith(PACKAGED) ? RecipeReader.resource(wanted) : Optional.empty();
    return packaged.map(text -> ModelCatalogue.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)),
        wanted)).orElseGet(() -> catalogue.require(wanted));
  }
}
