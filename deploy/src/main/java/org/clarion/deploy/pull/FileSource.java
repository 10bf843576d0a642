package org.clarion.deploy.pull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.clarion.deploy.pull.PullException.Reason;
import org.clarion.models.manifest.ModelManifest.Download;

/**
 * An archive that somebody brought along, for machines without a network.
 *
 * @param archive
 *          the file
 */
public record FileSource(Path archive) implements ArchiveSource {
  @Override
  public Path fetch(Download download, Path folder, Progress progress) throws IOException {
    if (!Files.isRegularFile(archive)) {
      throw new PullException(Reason.STORAGE, archive + " is not a file");
    }
    return archive;
  }
}
