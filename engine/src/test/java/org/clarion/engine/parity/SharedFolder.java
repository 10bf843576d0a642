package org.clarion.engine.parity;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Finds golden values: small ones in the test resources, the full set in a folder that a clone may lack. */
public final class SharedFolder {
  private SharedFolder() {}

  /** The small set. */
  public static Path resources() {
    URL url = SharedFolder.class.getResource("/parity");
    if (url == null) {
      throw new IllegalStateException("the test resources lack parity");
    }
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A file or folder of the full set; the test is skipped where there is none. */
  public static Path require(String name) {
    Path folder = find();
    assumeTrue(folder != null, "no shared folder: set clarion.shared");
    Path path = folder.resolve(name);
    assumeTrue(Files.exists(path), "no " + name + " in the shared folder");
    return path;
  }

  private static @Nullable Path find() {
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
}
