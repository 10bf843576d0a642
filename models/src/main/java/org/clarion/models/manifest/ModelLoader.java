package org.clarion.models.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.checkpoint.ConvertedDecoder;
import org.clarion.models.checkpoint.ConvertedHeader;
import org.clarion.models.checkpoint.ConvertedTower;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.tokenizer.TokenTable;
import org.clarion.models.tokenizer.Tokenizer;
import org.clarion.models.tokenizer.TokenizerException;
import org.clarion.models.tokenizer.Tokenizers;

/** Opens a model's weights and vocabulary from its folder, or makes the weights that its manifest calls random. */
public final class ModelLoader {
  private static final String RESOURCE = "resource:";

  private ModelLoader() {}

  /**
   * The decoder's weights, checked.
   *
   * @throws ManifestException
   *           when the files are not there, or the manifest allows more context than the model
   * @throws org.clarion.models.checkpoint.CheckpointException
   *           when they cannot be used
   */
  public static DecoderWeights language(ModelManifest model, ModelStore store) {
    ModelManifest.Language language = model.language();
    Long seed = RandomWeights.seed(List.of(language.weights()));
    if (seed != null) {
      DecoderConfig config = language.config();
      if (config == null) {
        throw new ManifestException("manifest_invalid",
            "model " + model.id() + ": language.config is missing, and random weights need a shape");
      }
      return DecoderWeights.random(config, seed);
    }
    requirePresent(model, store);
    DecoderWeights weights = DecoderWeights.open(store.languageWeights(model));
    Architecture found = Architecture.of(weights.config());
    if (found != language.architecture()) {
      weights.close();
      throw new ManifestException("manifest_invalid", "model " + model.id() + ": language.architecture is "
          + language.architecture().word() + ", but the files are of a " + found.word() + " model");
    }
    if (language.maxContext() > weights.config().maxContext()) {
      weights.close();
      throw new ManifestException("manifest_invalid", "model " + model.id() + ": language.max-context "
          + language.maxContext() + " is above the model's own limit " + weights.config().maxContext());
    }
    return weights;
  }

  /**
   * What a converted decoder was made for; empty for any other, and where its files are not there.
   *
   * @throws org.clarion.models.checkpoint.CheckpointException
   *           when its files cannot be read
   */
  public static Optional<ConvertedHeader> converted(ModelManifest model, ModelStore store) {
    if (RandomWeights.seed(List.of(model.language().weights())) != null) {
      return Optional.empty();
    }
    return ConvertedDecoder.headerOf(store.languageWeights(model));
  }

  /**
   * The image tower's weights, checked.
   *
   * @param llmHidden
   *          width of the decoder, which the projection must end in
   * @throws ManifestException
   *           when the model has no image tower, its files are not there, or they are of another width
   * @throws org.clarion.models.checkpoint.CheckpointException
   *           when they cannot be used, or were converted together with another decoder
   */
  public static VisionWeights vision(ModelManifest model, ModelStore store, int llmHidden) {
    ModelManifest.Vision vision = model.vision();
    if (vision == null) {
      throw new ManifestException("manifest_invalid", "model " + model.id() + " has no image tower");
    }
    Long seed = RandomWeights.seed(vision.weights());
    if (seed != null) {
      return VisionWeights.random(vision.shape(), vision.imageSize(), llmHidden, seed);
    }
    requirePresent(model, store);
    VisionWeights weights = VisionWeights.open(store.visionWeights(model), vision.shape());
    if (weights.llmHidden() != llmHidden) {
      weights.close();
      throw new ManifestException("manifest_invalid",
          "model " + model.id() + ": the image tower is made for a decoder of "
              + weights.llmHidden() + ", not for one of " + llmHidden);
    }
    if (weights instanceof ConvertedTower tower) {
      try {
        converted(model, store).ifPresent(tower.header()::requireDecoder);
      } catch (RuntimeException e) {
        weights.close();
        throw e;
      }
    }
    return weights;
  }

  /**
   * The vocabulary: a tokenizer.json, a tokenizer.model or a GGUF file in the model's folder, or {@code resource:NAME},
   * a tokenizer.json beside the built-in manifests.
   *
   * @throws TokenizerException
   *           when the file is missing or cannot be used
   */
  public static Tokenizer tokenizer(ModelManifest model, ModelStore store) {
    return vocabulary(model, store, Tokenizers::fromFile, Tokenizers::fromJson);
  }

  /**
   * The bytes of the vocabulary's tokens alone; much less work than opening it.
   *
   * @throws TokenizerException
   *           when the file is missing or cannot be used
   */
  public static TokenTable tokenTable(ModelManifest model, ModelStore store) {
    return vocabulary(model, store, Tokenizers::tableFromFile, Tokenizers::tableFromJson);
  }

  private static <T> T vocabulary(ModelManifest model, ModelStore store, Function<Path, T> ofFile,
      BiFunction<InputStream, String, T> ofResource) {
    String tokenizer = model.language().tokenizer();
    if (!tokenizer.startsWith(RESOURCE)) {
      return ofFile.apply(store.file(model, tokenizer));
    }
    String name = tokenizer.substring(RESOURCE.length());
    try (InputStream in = ModelLoader.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new TokenizerException("there is no built-in vocabulary '" + name + "'");
      }
      return ofResource.apply(in, name);
    } catch (IOException e) {
      throw new TokenizerException(name + ": cannot be closed: " + e.getMessage(), e);
    }
  }

  private static void requirePresent(ModelManifest model, ModelStore store) {
    if (!store.present(model)) {
      throw new ManifestException("model_missing",
          "model " + model.id() + " is not complete in " + store.folder(model) + "; it needs " + store.files(model));
    }
  }
}
