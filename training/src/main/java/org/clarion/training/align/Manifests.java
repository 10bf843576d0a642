package org.clarion.training.align;

import java.util.List;
import org.clarion.models.manifest.ModelManifest;
import org.jspecify.annotations.Nullable;

/** Manifests of models that a training starts from or makes. */
final class Manifests {
  private Manifests() {}

  /** The same model with another vocabulary. */
  static ModelManifest withVocabulary(ModelManifest model, String tokenizer) {
    ModelManifest.Language language = model.language();
    return with(model, new ModelManifest.Language(language.architecture(), language.weights(), tokenizer, language
        .config(), language.maxContext(), language.addBos()), model.vision());
  }

  /** The same model with other parts. */
  static ModelManifest with(ModelManifest model, ModelManifest.Language language,
      ModelManifest.@Nullable Vision vision) {
    return new ModelManifest(model.id(), model.title(), model.licence(), model.revision(), model.folder(), language,
        vision, model.prompt(), model.stop(), model.samplingDefaults(), model.notice(), List.of(), null);
  }
}
