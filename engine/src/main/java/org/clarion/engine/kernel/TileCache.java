package org.clarion.engine.kernel;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was measured, in a properties file. Its name is the library's, which is made of the processor's model, the
 * compiler and the sources: none of it outlives a change of these. Several processes may write; one that loses what
 * another wrote measures again. A file that cannot be read or written is no error.
 */
record TileCache(Path file) {
  private static final Logger LOG = LoggerFactory.getLogger(TileCache.class);

  static TileCache beside(Path library) {
    return new TileCache(library.resolveSibling(library.getFileName() + ".tiles"));
  }

  /** The number under a key, 0 for none. */
  int get(String key) {
    try {
      return Integer.parseInt(read().getProperty(key, "0"));
    } catch (NumberFormatException _) {
      return 0;
    }
  }

  void put(String key, int value) {
    Properties all = read();
    all.setProperty(key, Integer.toString(value));
    try {
      Path written = Files.createTempFile(file.getParent(), "tiles", ".part");
      try (Writer out = Files.newBufferedWriter(written)) {
        all.store(out, null);
      }
      Files.move(written, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.debug("tile shapes are not remembered: {}", e.getMessage());
    }
  }

  private Properties read() {
    Properties all = new Properties();
    if (Files.isRegularFile(file)) {
      try (Reader in = Files.newBufferedReader(file)) {
        all.load(in);
      } catch (IOException | IllegalArgumentException e) {
        LOG.debug("tile shapes are measured anew: {}", e.getMessage());
      }
    }
    return all;
  }
}
