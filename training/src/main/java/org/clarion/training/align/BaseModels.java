package org.clarion.training.align;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
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
  public static ModelManifest of(Recipe recipe, @Nullable String named, ModelCatalogue catalogue, ModelStore store) {
    String wanted = named == null
        ? recipe.model().orElseThrow(() -> new AlignException("recipe " + recipe.name()
            + " names no model to start from: --model does"))
        : named;
    Optional<String> packaged = wanted.endsWith(PACKAGED) ? RecipeReader.resource(wanted) : Optional.empty();
    return packaged.map(text -> settled(ModelCatalogue.read(new ByteArrayInputStream(text.getBytes(
        StandardCharsets.UTF_8)), wanted), store)).orElseGet(() -> catalogue.require(
            wanted));
  }

  /** Files of other models that it names are found beside its folder, which need not be there. */
  private static ModelManifest settled(ModelManifest model, ModelStore store) {
    ModelManifest.Language language = model.language();
    return Manifests.with(model, new ModelManifest.Language(language.architecture(), settled(language.weights(), model,
        store), settled(language.tokenizer(), model, store), language.config(), language.maxContext(),
        language
            .addBos()),
        model.vision());
  }

  private static String settled(String name, ModelManifest model, ModelStore store) {
    return name.startsWith("../") ? store.folder(model).resolve(Path.of(name)).normalize().toString() : name;
  }
}
