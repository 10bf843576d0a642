package org.clarion.models.checkpoint;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Finds test data: small files in the test resources, large ones in a shared folder that a clone may lack. */
final class Fixtures {
  private Fixtures() {}

  /** A file or folder of {@code src/test/resources/checkpoint}. */
  static Path resource(String name) {
    URL url = Fixtures.class.getResource("/checkpoint/" + name);
    if (url == null) {
      throw new IllegalArgumentException("no test resource " + name);
    }
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A file or folder of the shared folder; the test is skipped where there is none. */
  static Path shared(String name) {
    Path folder = folder();
    assumeTrue(folder != null, "no shared folder: set clarion.shared");
    Path path = folder.resolve(name);
    assumeTrue(Files.exists(path), "no " + name + " in the shared folder");
    return path;
  }

  private static @Nullable Path folder() {
    String set = System.getProperty("clarion.shared");
    if (set != null) {
      return Path.of(set);
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path folder = at.resolveSibling("shared");
      if (Files.exists(at.resolve("config/java-format.prefs")) && Files.isDirectory(folder.resolve("fixtures"))) {
        return folder;
      }
    }
    return null;
  }

  static float[] floats(Checkpoint checkpoint, String name) {
    FloatBuffer buffer = FloatBuffer.allocate(Math.toIntExact(checkpoint.require(name).elements()));
    checkpoint.readFloats(name, buffer);
    return buffer.array();
  }

  static float[] rows(Checkpoint checkpoint, String name, long first, int count) {
    FloatBuffer buffer = FloatBuffer.allocate(Math.toIntExact(count * checkpoint.require(name).rowElements()));
    checkpoint.readRows(name, first, count, buffer);
    return buffer.array();
  }

  static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
