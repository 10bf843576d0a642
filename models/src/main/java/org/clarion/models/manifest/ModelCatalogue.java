package org.clarion.models.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;

/** The models that a process knows by id. Immutable. */
public final class ModelCatalogue {
  /** Name of the manifest in a folder that is a whole model. */
  public static final String IN_FOLDER = "model.yaml";

  /** Names the folder of the models that come with the program. */
  public static final String FOLDER_PROPERTY = "clarion.models";

  private static final List<String> BUILT_IN = List.of("smollm2-135m.yaml", "tiny.yaml",
      "skingpt4-vicuna-7b.yaml", "skingpt4-vicuna-13b.yaml", "skingpt4-llama2-13b-chat.yaml",
      "skingpt4-falcon-40b.yaml", "xraygpt-vicuna-7b.yaml", "minigpt4-vicuna-7b.yaml", "minigpt4-vicuna-13b.yaml",
      "minigpt4-llama2-7b.yaml");

  private final SequencedMap<String, ModelManifest> byId = new LinkedHashMap<>();

  private ModelCatalogue(List<ModelManifest> manifests) {
    for (ModelManifest manifest : manifests) {
      if (byId.put(manifest.id(), manifest) != null) {
        throw new ManifestException("manifest_invalid", "two manifests have the id '" + manifest.id() + "'");
      }
    }
  }

  /** The models that come with Clarion. */
  public static ModelCatalogue builtIn() {
    return new ModelCatalogue(resources());
  }

  /**
   * The built-in models, those that come as folders beside the program, and those of the {@code manifests} folder
   * beside the store's models. The first folder is named by the system property {@value #FOLDER_PROPERTY}; neither need
   * be there.
   *
   * @throws ManifestException
   *           when a file in one of them is no manifest or repeats an id
   */
  public static ModelCatalogue standard() {
    String folder = System.getProperty(FOLDER_PROPERTY, "");
    return withFolders(Optional.of(folder).filter(name -> !name.isBlank()).map(Path::of), ModelStore.standard().root()
        .resolve("manifests"));
  }

  /**
   * The built-in models, whole models and manifests.
   *
   * @param models
   *          folder whose folders with a {@value #IN_FOLDER} are models
   * @param manifests
   *          folder whose {@code *.yaml} files are manifests; it need not exist
   * @throws ManifestException
   *           when a file is no manifest or repeats an id
   */
  public static ModelCatalogue withFolders(Optional<Path> models, Path manifests) {
    List<ModelManifest> all = new ArrayList<>(resources());
    models.ifPresent(folder -> entries(folder).stream().map(entry -> entry.resolve(IN_FOLDER)).filter(
        Files::isRegularFile).map(ModelCatalogue::read).forEach(all::add));
    entries(manifests).stream().filter(file -> file.toString().endsWith(".yaml")).map(ModelCatalogue::read).forEach(
        all::add);
    return new ModelCatalogue(all);
  }

  private static List<Path> entries(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.sorted().toList();
    } catch (IOException e) {
      throw new ManifestException("manifest_invalid", folder + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Reads one manifest.
   *
   * @throws ManifestException
   *           when it is none
   */
  public static ModelManifest read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return ManifestReader.read(file.toString(), file.toAbsolutePath().getParent(), in);
    } catch (IOException e) {
      throw new ManifestException("manifest_invalid", file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Reads a manifest that a jar carries: its files lie in the model's folder in the cache.
   *
   * @param in
   *          stays the caller's to close
   * @param name
   *          what to call it in messages
   * @throws ManifestException
   *           when it is none
   */
  public static ModelManifest read(InputStream in, String name) {
    try {
      return ManifestReader.read(name, null, in);
    } catch (IOException e) {
      throw new ManifestException("manifest_invalid", name + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** Every model, built-in ones first. */
  public List<ModelManifest> manifests() {
    return List.copyOf(byId.values());
  }

  /**
   * Whether this names a manifest file rather than a model: it ends in {@code .yaml} or {@code .yml}, or it is a folder
   * with a {@value #IN_FOLDER}.
   */
  public static boolean isFile(String idOrFile) {
    return idOrFile.endsWith(".yaml") || idOrFile.endsWith(".yml")
        || (!idOrFile.isEmpty() && Files.isRegularFile(Path.of(idOrFile, IN_FOLDER)));
  }

  /**
   * The model of that id, of that manifest file, or of that folder's {@value #IN_FOLDER}.
   *
   * @throws ManifestException
   *           when there is none; the message lists the known ids
   */
  public ModelManifest require(String id) {
    if (isFile(id)) {
      Path path = Path.of(id);
      return read(Files.isDirectory(path) ? path.resolve(IN_FOLDER) : path);
    }
    ModelManifest manifest = byId.get(id);
    if (manifest == null) {
      throw new ManifestException("model_unknown", "no model has the id '" + id + "'; known: " + byId.keySet());
    }
    return manifest;
  }

  private static List<ModelManifest> resources() {
    return BUILT_IN.stream().map(ModelCatalogue::resource).toList();
  }

  private static ModelManifest resource(String name) {
    try (InputStream in = ModelCatalogue.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar has no manifest " + name);
      }
      return ManifestReader.read(name, null, in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
