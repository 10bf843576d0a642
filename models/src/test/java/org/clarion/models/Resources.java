package org.clarion.models;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Reads this module's test resources. */
public final class Resources {
  private Resources() {}

  /** A resource of this package or below, unpacked where its name ends in .gz. */
  public static byte[] bytes(String name) throws IOException {
    try (InputStream in = Resources.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("no resource " + name);
      }
      return name.endsWith(".gz") ? new GZIPInputStream(in).readAllBytes() : in.readAllBytes();
    }
  }

  /** A copy of a resource in a folder, unpacked. */
  public static Path copy(String name, Path folder) throws IOException {
    return Files.write(folder.resolve(Path.of(name.replace(".gz", "")).getFileName()), bytes(name));
  }
}
