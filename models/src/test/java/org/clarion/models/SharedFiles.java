package org.clarion.models;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Finds the large reference data, which not every checkout has. */
public final class SharedFiles {
  private SharedFiles() {}

  /** A file below the shared folder; the test is skipped when there is none. */
  public static Path require(String name) {
    Path file = root().resolve(name);
    Assumptions.assumeTrue(Files.exists(file), () -> "no " + name + " in the shared folder");
    return file;
  }

  private static Path root() {
    String property = System.getProperty("clarion.shared");
    if (property != null) {
      return Path.of(property);
    }
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      if (Files.isDirectory(folder.resolve("shared").resolve("fixtures"))) {
        return folder.resolve("shared");
      }
      Path beside = folder.resolveSibling("shared");
      if (folder.getParent() != null && Files.isDirectory(beside.resolve("fixtures"))) {
        return beside;
      }
    }
    return Path.of("shared");
  }
}
