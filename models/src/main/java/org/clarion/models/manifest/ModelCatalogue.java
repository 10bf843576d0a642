package org.clarion.models.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;

/** The models that a process knows by id. Immutable. */
public final class ModelCatalogue {
  private static final List<String> BUILT_IN = List.of("smollm2-135m.yaml", "tiny.yaml");

  private final SequencedMap<String, ModelManifest> byId = new LinkedHashMap<>();

  private ModelCatalogue(List<ModelManifest> manifests) {
    for (ModelManifest manifest : manifests) {
      if (byId.put(manifest.id(), manifest) != null) {
        throw new ManifestException("manifest_invalid", "two manifests have the id '" + manifest.id() + "'");
      }
    }
  }

  /** The built-in models. */
  public static ModelCatalogue standard() {
    return new ModelCatalogue(builtIn());
  }

  /**
   * The built-in models and those of the folder's {@code *.yaml} files.
   *
   * @throws ManifestException
   *           when a file is no manifest or repeats an id
   */
  public static ModelCatalogue withFolder(Path folder) {
    List<ModelManifest> manifests = new ArrayList<>(builtIn());
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList()) {
        manifests.add(read(file));
      }
    } catch (IOException e) {
      throw new ManifestException("manifest_invalid", folder + ": cannot be read: " + e.getMessage(), e);
    }
    return new ModelCatalogue(manifests);
  }

  /**
   * Reads one manifest.
   *
   * @throws ManifestException
   *           when it is none
   */
  public static ModelManifest read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return ManifestReader.read(file.toString(), in);
    } catch (IOException e) {
      throw new ManifestException("manifest_invalid", file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** Every model, built-in ones first. */
  public List<ModelManifest> manifests() {
    return List.copyOf(byId.values());
  }

  /**
   * The model of that id.
   *
   * @throws ManifestException
   *           when there is none; the message lists the known ids
   */
  public ModelManifest require(String id) {
    ModelManifest manifest = byId.get(id);
    if (manifest == null) {
      throw new ManifestException("model_unknown", "no model has the id '" + id + "'; known: " + byId.keySet());
    }
    return manifest;
  }

  private static List<ModelManifest> builtIn() {
    return BUILT_IN.stream().map(ModelCatalogue::resource).toList();
  }

  private static ModelManifest resource(String name) {
    try (InputStream in = ModelCatalogue.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar has no manifest " + name);
      }
      return ManifestReader.read(name, in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
