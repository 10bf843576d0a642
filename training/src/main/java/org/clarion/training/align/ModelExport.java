package org.clarion.training.align;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.Checkpoints;
import org.clarion.models.checkpoint.DecoderConfigs;
import org.clarion.models.checkpoint.TensorInfo;
import org.clarion.models.manifest.ManifestWriter;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;

/**
 * Writes a trained model as the server loads it: {@code model.yaml}, what was trained as safetensors under the names of
 * MiniGPT-4's checkpoints ({@code llama_proj.weight} and its kin), a trained decoder as a Hugging Face folder. Files
 * that stayed as they were are named where they lie.
 */
final class ModelExport {
  private static final String TRAINED = "trained.safetensors";
  private static final String PROJECTION = "projection.safetensors";
  private static final String DECODER = "llm";

  private final ModelManifest model;
  private final ModelStore store;
  private final RunFolder run;
  private final Recipe recipe;
  private final boolean half;

  ModelExport(ModelManifest model, ModelStore store, RunFolder run, Recipe recipe, boolean half) {
    this.model = model;
    this.store = store;
    this.run = run;
    this.recipe = recipe;
    this.half = half;
  }

  /** Writes it. */
  Path write() throws IOException {
    Files.createDirectories(run.model());
    try (Learner learner = Learner.open(model, store, run, recipe, recipe.stages(), _ -> {
    })) {
      ModelManifest.Vision vision = learner.vision();
      List<String> files = new ArrayList<>(tower(learner));
      ModelManifest.Vision made = new ModelManifest.Vision(files, vision.imageSize(), vision.mean(), vision.std(),
          vision.shape(), vision.tokens(), vision.required());
      Path manifest = run.model().resolve("model.yaml");
      Files.writeString(manifest, ManifestWriter.yaml(Manifests.with(model, language(learner), made)));
      return manifest;
    }
  }

  /** Files of the tower, in order: a tower that began at random is written whole, of another what was trained. */
  private List<String> tower(Learner learner) throws IOException {
    Checkpoint all = learner.sight().checkpoint();
    List<Path> own = store.visionWeights(model);
    Set<String> trained = trained();
    List<String> files = new ArrayList<>();
    if (!own.isEmpty()) {
      learner.vision().weights().forEach(name -> files.add(settled(name)));
    }
    boolean whole = own.isEmpty();
    if (whole || trained.stream().anyMatch(name -> !name.startsWith("llama_proj."))) {
      write(TRAINED, all, name -> !name.startsWith("llama_proj.") && (whole || trained.contains(name)));
      files.add(TRAINED);
    }
    if (whole || trained.stream().anyMatch(name -> name.startsWith("llama_proj."))) {
      write(PROJECTION, all, name -> name.startsWith("llama_proj."));
      files.add(PROJECTION);
    }
    return files;
  }

  private Set<String> trained() {
    Set<String> names = new HashSet<>();
    for (Path file : Learner.towers(run, recipe.stages())) {
      try (Checkpoint made = Checkpoints.open(file)) {
        names.addAll(made.tensors().keySet());
      }
    }
    return names;
  }

  private void write(String file, Checkpoint all, Predicate<String> wanted) throws IOException {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    for (TensorInfo tensor : all.tensors().values()) {
      if (wanted.test(tensor.name())) {
        shapes.put(tensor.name(), tensor.shape());
      }
    }
    TensorFile.write(run.model().resolve(file), Map.of("format", "pt"), shapes, half, name -> TensorFile.read(all,
        name));
  }

  private ModelManifest.Language language(Learner learner) throws IOException {
    ModelManifest.Language language = model.language();
    boolean trained = recipe.stages().stream().map(run::decoder).anyMatch(Files::exists);
    boolean random = language.weights().startsWith("random:");
    String weights = DECODER;
    if (trained || random) {
      Path folder = Files.createDirectories(run.model().resolve(DECODER));
      Files.writeString(folder.resolve("config.json"), DecoderConfigs.json(learner.language().config()));
      Checkpoint all = learner.language().checkpoint();
      Map<String, List<Long>> shapes = new LinkedHashMap<>();
      all.tensors().values().forEach(tensor -> shapes.put(tensor.name(), tensor.shape()));
      TensorFile.write(folder.resolve("model.safetensors"), Map.of("format", "pt"), shapes, half, name -> TensorFile
          .read(all, name));
    } else {
      weights = settled(language.weights());
    }
    return new ModelManifest.Language(language.architecture(), weights, tokenizer(), null, language.maxContext(),
        language.addBos());
  }

  private String tokenizer() throws IOException {
    String tokenizer = model.language().tokenizer();
    if (tokenizer.startsWith("resource:")) {
      return tokenizer;
    }
    Path file = store.file(model, tokenizer);
    if (!file.toString().endsWith(".json")) {
      return settled(tokenizer);
    }
    Files.copy(file, run.model().resolve("tokenizer.json"), StandardCopyOption.REPLACE_EXISTING);
    return "tokenizer.json";
  }

  /** A name that means the same in the new model's manifest. */
  private String settled(String name) {
    return name.startsWith("model:") ? name : store.file(model, name).toAbsolutePath().toString();
  }
}
