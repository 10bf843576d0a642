package org.clarion.models.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.clarion.models.manifest.ModelManifest.Download;

/**
 * Where models lie on disk: {@code models/ID} below the root, or the folder that a manifest names. A file that several
 * models use may lie once in {@code models/shared}. Reads only; thread-safe.
 *
 * @param root
 *          the cache's folder, which need not exist
 */
public record ModelStore(Path root) {
  private static final String RESOURCE = "resource:";
  private static final String OF_ANOTHER = "model:";
  private static final int CHUNK = 1 << 20;

  /** Told how far a check has come. */
  @FunctionalInterface
  public interface Progress {
    /** Called now and then with the bytes read so far, at last with all of them. */
    void read(long bytes, long total);
  }

  /** {@code $CLARION_HOME}, else {@code ~/.cache/clarion}. */
  public static ModelStore standard() {
    String home = System.getenv("CLARION_HOME");
    return new ModelStore(home != null && !home.isBlank()
        ? Path.of(home)
        : Path.of(System.getProperty("user.home"), ".cache", "clarion"));
  }

  /** The model's folder; it need not exist. */
  public Path folder(ModelManifest model) {
    Path own = model.folder();
    return own != null ? own : root.resolve("models").resolve(model.id());
  }

  /**
   * A file or folder of the model: in its own folder, or in the shared one where only that has it.
   * {@code model:ID/NAME} is one of another model, which comes with the program or lies in the cache.
   */
  public Path file(ModelManifest model, String name) {
    if (name.startsWith(OF_ANOTHER)) {
      String other = other(name);
      return folderOf(other).resolve(name.substring(OF_ANOTHER.length() + other.length() + 1));
    }
    Path own = folder(model).resolve(name);
    Path shared = root.resolve("models").resolve("shared").resolve(name);
    return !Files.exists(own) && Files.exists(shared) ? shared : own;
  }

  /** Ids of the models whose files this one uses. */
  public static List<String> others(ModelManifest model) {
    ModelManifest.Vision vision = model.vision();
    Stream<String> names = Stream.concat(Stream.of(model.language().weights(), model.language().tokenizer()),
        vision == null
            ? Stream.of()
            : vision.weights().stream());
    return names.filter(name -> name.startsWith(OF_ANOTHER)).map(ModelStore::other).distinct().toList();
  }

  private static String other(String name) {
    int end = name.indexOf('/');
    if (end < 0) {
      throw new ManifestException("manifest_invalid", "'" + name + "' names no file: it is model:ID/FILE");
    }
    return name.substring(OF_ANOTHER.length(), end);
  }

  private Path folderOf(String id) {
    String beside = System.getProperty(ModelCatalogue.FOLDER_PROPERTY, "");
    Path own = Path.of(beside, id);
    return !beside.isBlank() && Files.isDirectory(own) ? own : root.resolve("models").resolve(id);
  }

  /**
   * The decoder's file or folder; it need not exist.
   *
   * @throws ManifestException
   *           when the decoder is not read from files
   */
  public Path languageWeights(ModelManifest model) {
    if (model.language().weights().startsWith(RandomWeights.PREFIX)) {
      throw new ManifestException("model_missing", "model " + model.id() + " has no language weights on disk: they are "
          + model.language().weights());
    }
    return file(model, model.language().weights());
  }

  /** The image tower's files in their order; empty when it is absent or random. */
  public List<Path> visionWeights(ModelManifest model) {
    ModelManifest.Vision vision = model.vision();
    if (vision == null || RandomWeights.seed(vision.weights()) != null) {
      return List.of();
    }
    return vision.weights().stream().map(name -> file(model, name)).toList();
  }

  /** Every file and folder that the model needs. */
  public List<Path> files(ModelManifest model) {
    List<Path> files = new ArrayList<>();
    if (!model.language().weights().startsWith(RandomWeights.PREFIX)) {
      files.add(languageWeights(model));
    }
    if (!model.language().tokenizer().startsWith(RESOURCE)) {
      files.add(file(model, model.language().tokenizer()));
    }
    files.addAll(visionWeights(model));
    return files.stream().distinct().toList();
  }

  /** Whether every file is there; sizes and contents are {@link #verify}'s. */
  public boolean present(ModelManifest model) {
    return files(model).stream().allMatch(Files::exists);
  }

  /**
   * Checks that the model is complete and, where the manifest knows a file's size or SHA-256, these too. Reads the
   * whole of every file with a known hash.
   *
   * @throws ManifestException
   *           with code {@code model_missing}, {@code model_size}, {@code model_hash} or {@code model_unreadable}
   */
  public void verify(ModelManifest model, Progress progress) {
    List<Path> missing = files(model).stream().filter(file -> !Files.exists(file)).toList();
    if (!missing.isEmpty()) {
      throw new ManifestException("model_missing", "model " + model.id() + " lacks " + missing);
    }
    Download download = model.download();
    if (download != null) {
      verify(file(model, download.file()), download.bytes(), download.sha256(), progress);
    }
    for (ModelManifest.ModelFile known : model.files()) {
      verify(file(model, known.path()), known.bytes(), known.sha256(), progress);
    }
  }

  /**
   * Checks one file, as {@link #verify(ModelManifest, Progress)} does.
   *
   * @throws ManifestException
   *           with code {@code model_missing}, {@code model_size}, {@code model_hash} or {@code model_unreadable}
   */
  public static void verify(Path file, long bytes, String sha256, Progress progress) {
    verify(file, OptionalLong.of(bytes), sha256, progress);
  }

  private static void verify(Path file, OptionalLong bytes, String sha256, Progress progress) {
    if (bytes.isEmpty() && sha256.isEmpty()) {
      return;
    }
    try {
      if (!Files.isRegularFile(file)) {
        throw new ManifestException("model_missing", file + " is missing");
      }
      long size = Files.size(file);
      if (bytes.isPresent() && size != bytes.getAsLong()) {
        throw new ManifestException("model_size", file + " has " + size + " bytes instead of " + bytes.getAsLong());
      }
      if (sha256.isEmpty()) {
        return;
      }
      String hash = hash(file, size, progress);
      if (!hash.equals(sha256)) {
        throw new ManifestException("model_hash", file + " has SHA-256 " + hash + " instead of " + sha256);
      }
    } catch (IOException e) {
      throw new ManifestException("model_unreadable", file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static String hash(Path file, long total, Progress progress) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] chunk = new byte[CHUNK];
      long done = 0;
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        digest.update(chunk, 0, read);
        done += read;
        progress.read(done, total);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
