package org.clarion.deploy.pull;

import java.io.IOException;
import java.nio.file.Path;
import org.clarion.models.manifest.ModelManifest.Download;

/** Where archives come from. */
public interface ArchiveSource {

  /** Told how many bytes there are so far. */
  @FunctionalInterface
  interface Progress {
    /** Called now and then on the caller's thread. */
    void at(String phase, long bytes, long total);
  }

  /**
   * Puts the archive into a folder that is its own and is deleted afterwards. Blocks.
   *
   * @return the archive
   * @throws PullException
   *           when it cannot be had; the message says why and what to do
   */
  Path fetch(Download download, Path folder, Progress progress) throws IOException, InterruptedException;
}
