package org.clarion.models.doctor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.ConvertedHeader;
import org.clarion.models.checkpoint.PartLayout;
import org.clarion.models.checkpoint.PartLayouts;
import org.clarion.models.checkpoint.TowerHeader;
import org.clarion.models.manifest.Architecture;
import org.clarion.models.manifest.ManifestException;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.clarion.models.tokenizer.Tokenizer;
import org.clarion.models.tokenizer.TokenizerException;
import org.jspecify.annotations.Nullable;

/**
 * Examines a model's files by their headers: names, shapes and kinds of every tensor, whether the parts belong
 * together, and what it would take to run them. Weights are not read, so the largest model takes seconds. One use.
 */
public final class Doctor {
  private final ModelManifest model;
  private final ModelStore store;
  private final List<ModelReport.Part> parts = new ArrayList<>();
  private final List<ModelReport.Missing> missing = new ArrayList<>();
  private final List<String> errors = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private @Nullable ConvertedHeader converted;

  private Doctor(ModelManifest model, ModelStore store) {
    this.model = model;
    this.store = store;
  }

  /** Examines a model; every fault is in the report, none is thrown. */
  public static ModelReport examine(ModelManifest model, ModelStore store, MemoryPlan.Question question) {
    return new Doctor(model, store).report(question);
  }

  private ModelReport report(MemoryPlan.Question question) {
    for (Path file : store.files(model)) {
      if (!Files.exists(file)) {
        missing.add(new ModelReport.Missing(file.toString(), from(file)));
      }
    }
    DecoderConfig config = language();
    long tower = vision(config);
    if (config != null) {
      tokenizer(config);
    }
    return new ModelReport(model, parts, missing, errors, notes,
        config == null ? null : MemoryPlan.of(config, tower, question));
  }

  private String from(Path missing) {
    return model.files().stream().filter(file -> store.file(model, file.path()).equals(missing)
        || missing.startsWith(store.file(model, file.path()))).map(ModelManifest.ModelFile::from).findFirst()
        .orElse("");
  }

  /** The decoder's shape, or nothing where its files do not tell. */
  private @Nullable DecoderConfig language() {
    DecoderConfig stated = model.language().config();
    if (stated != null) {
      parts.add(new ModelReport.Part("language", shape(stated), List.of(model.language().weights()),
          PartLayouts.random(stated)));
      return stated;
    }
    Path weights = store.languageWeights(model);
    if (!Files.exists(weights)) {
      return null;
    }
    PartLayouts.Decoder decoder = read("language", () -> PartLayouts.decoder(weights));
    if (decoder == null) {
      return null;
    }
    DecoderConfig config = decoder.config();
    parts.add(new ModelReport.Part("language", shape(config), List.of(weights.toString()), decoder.layout()));
    decoder.converted().ifPresent(header -> {
      converted = header;
      notes.add("language: converted to " + header.packing().precision() + " for "
          + (header.ranks() == 1 ? "1 rank" : header.ranks() + " ranks") + " (layout " + header.packing().layout()
          + "); it runs as that and nothing else, whatever the table says");
    });
    if (Architecture.of(config) != model.language().architecture()) {
      errors.add("language: the manifest says " + model.language().architecture().word() + ", the files are of a "
          + Architecture.of(config).word() + " model");
    }
    if (model.language().maxContext() > config.maxContext()) {
      errors
          .add("language: the manifest allows " + model.language().maxContext() + " positions, the model was made for "
              + config.maxContext());
    }
    return config;
  }

  /** Looks at the image tower; elements of its weights. */
  private long vision(@Nullable DecoderConfig config) {
    ModelManifest.Vision vision = model.vision();
    if (vision == null) {
      return 0;
    }
    List<Path> files = store.visionWeights(model);
    if (files.isEmpty()) {
      PartLayout random = PartLayouts.random(vision.shape(), vision.imageSize(), config == null ? 1 : config.hidden());
      parts.add(new ModelReport.Part("vision", vision.tokens() + " tokens an image", vision.weights(), random));
      return random.elements();
    }
    List<Path> there = files.stream().filter(Files::exists).toList();
    PartLayouts.Vision found = read("vision", () -> PartLayouts.vision(there, vision.shape()));
    if (found == null) {
      return 0;
    }
    List<String> names = there.stream().map(Path::toString).toList();
    if (there.size() < files.size()) {
      // What a missing file would hold is no fault of the others.
      notes.add("vision: looked at without the files that are missing");
      return found.layout().elements();
    }
    parts.add(new ModelReport.Part("vision", vision.tokens() + " tokens an image, projected to "
        + (found.llmHidden().isPresent() ? found.llmHidden().getAsInt() : "nothing"), names, found.layout()));
    if (found.llmHidden().isEmpty()) {
      errors.add("vision: there is no projection (llama_proj.weight or llm_proj.weight) in any of "
          + String.join(", ", there.stream().map(file -> String.valueOf(file.getFileName())).toList())
          + "; a picture would never reach the language model");
    } else if (config != null) {
      checkWidths(found.llmHidden().getAsInt(), config.hidden());
    }
    if (found.converted().isPresent()) {
      convertedTower(found.converted().orElseThrow(), vision.imageSize());
    } else if (found.imageSize().isPresent() && found.imageSize().getAsInt() != vision.imageSize()) {
      notes.add("vision: the position embedding was trained for images of " + found.imageSize().getAsInt()
          + " pixels and is resampled for the manifest's " + vision.imageSize());
    }
    return found.layout().elements();
  }

  private void convertedTower(TowerHeader header, int imageSize) {
    notes.add("vision: converted to " + header.packing().precision() + " for images of " + header.imageSize()
        + " pixels (layout " + header.packing().layout() + "); it runs as that and nothing else");
    check("vision", () -> header.requireImageSize(imageSize));
    ConvertedHeader decoder = converted;
    if (decoder != null) {
      check("vision", () -> header.requireDecoder(decoder));
    }
  }

  private void checkWidths(int projected, int hidden) {
    if (projected != hidden) {
      errors.add("the projection gives " + projected + ", the language model is " + hidden
          + " wide: this projection belongs to " + sized(projected) + ", the language model is " + sized(hidden));
    }
  }

  /** The models that such a width is known from. */
  private static String sized(int hidden) {
    return switch (hidden) {
      case 4096 -> "a 7B model";
      case 5120 -> "a 13B model";
      case 8192 -> "Falcon 40B";
      default -> "a model of width " + hidden;
    };
  }

  private void tokenizer(DecoderConfig config) {
    try (Tokenizer tokenizer = ModelLoader.tokenizer(model, store)) {
      if (tokenizer.vocabularySize() > config.vocabulary()) {
        errors.add("tokenizer: it has " + tokenizer.vocabularySize() + " ids, the language model only "
            + config.vocabulary());
      } else if (tokenizer.vocabularySize() < config.vocabulary()) {
        notes.add("tokenizer: " + tokenizer.vocabularySize() + " ids for a vocabulary of " + config.vocabulary()
            + "; the rest is padding or added tokens");
      }
      List<String> unknown = model.stop().tokens().stream().filter(token -> tokenizer.idOf(token) < 0).toList();
      if (!unknown.isEmpty()) {
        errors.add("tokenizer: it has no token " + unknown + ", which should end answers");
      }
      if (model.language().addBos() && tokenizer.bosId() < 0) {
        errors.add("tokenizer: the manifest asks for BOS, and the vocabulary names none");
      }
    } catch (TokenizerException e) {
      if (missing.isEmpty()) {
        errors.add("tokenizer: " + e.getMessage());
      }
    }
  }

  private void check(String part, Runnable comparison) {
    try {
      comparison.run();
    } catch (CheckpointException e) {
      errors.add(part + ": " + e.getMessage());
    }
  }

  private <T> @Nullable T read(String part, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (CheckpointException | ManifestException e) {
      errors.add(part + ": " + e.getMessage());
      return null;
    }
  }

  private static String shape(DecoderConfig config) {
    return Architecture.of(config).word() + ", " + config.layers() + " layers, " + config.hidden() + " wide, "
        + config.heads() + " heads (" + config.kvHeads() + " KV), vocabulary " + config.vocabulary();
  }
}
