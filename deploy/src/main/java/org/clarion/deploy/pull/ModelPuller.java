package org.clarion.deploy.pull;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.clarion.deploy.files.FileTree;
import org.clarion.deploy.pull.PullException.Reason;
import org.clarion.models.manifest.ManifestException;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelManifest.Download;
import org.clarion.models.manifest.ModelStore;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a model into the store. The file appears there whole and verified or not at all: it is made beside its place
 * and moved in one step. Two pulls of one model exclude each other, also between processes. Thread-safe.
 */
public final class ModelPuller {
  private static final int CHUNK = 1 << 20;

  private final ModelStore store;
  private final ArchiveSource source;

  public ModelPuller(ModelStore store, ArchiveSource source) {
    this.store = store;
    this.source = source;
  }

  /**
   * Fetches the model's file unless it is there with the right size and hash. Blocks.
   *
   * @throws PullException
   *           when that fails; nothing half-done is left behind
   */
  public void pull(ModelManifest model, ArchiveSource.Progress progress) throws InterruptedException {
    Download download = model.download();
    if (download == null) {
      throw new PullException(Reason.WRONG_CONTENT, "model " + model.id() + " has nothing to download");
    }
    Path folder = store.folder(model);
    try {
      Files.createDirectories(folder);
      try (FileChannel channel = FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE,
          StandardOpenOption.WRITE); FileLock _ = channel.lock()) {
        if (complaint(folder.resolve(download.file()), download.bytes(), download.sha256(), "checking",
            progress) != null) {
          replace(download, folder, progress);
        }
      }
    } catch (IOException e) {
      throw new PullException(Reason.STORAGE, folder + ": " + e, e);
    }
  }

  private void replace(Download download, Path folder, ArchiveSource.Progress progress) throws IOException,
      InterruptedException {
    // Beside its final place, so that the move is a rename and not a copy.
    Path workplace = Files.createTempDirectory(folder, ".pull-");
    try {
      Path archive = source.fetch(download, workplace, progress);
      require(archive, download.archiveBytes(), download.archiveSha256(), "checking the archive", progress);
      Path fresh = workplace.resolve("fresh");
      extract(archive, download, fresh, progress);
      require(fresh, download.bytes(), download.sha256(), "checking", progress);
      Files.move(fresh, folder.resolve(download.file()), StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } finally {
      FileTree.delete(workplace);
    }
  }

  private static void extract(Path archive, Download download, Path target, ArchiveSource.Progress progress)
      throws IOException {
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      ZipEntry entry = zip.getEntry(download.member());
      if (entry == null) {
        throw new PullException(Reason.WRONG_CONTENT, archive.getFileName() + " has no file " + download.member());
      }
      try (InputStream in = zip.getInputStream(entry); OutputStream out = Files.newOutputStream(target)) {
        byte[] chunk = new byte[CHUNK];
        long done = 0;
        for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
          done += read;
          if (done > download.bytes()) {
            throw new PullException(Reason.WRONG_CONTENT, download.member() + " has more than the " + download.bytes()
                + " bytes that the manifest names");
          }
          out.write(chunk, 0, read);
          progress.at("unpacking", done, download.bytes());
        }
      }
    } catch (ZipException e) {
      throw new PullException(Reason.WRONG_CONTENT, archive.getFileName() + " is not a readable archive: " + e
          .getMessage(), e);
    }
  }

  private static void require(Path file, long bytes, String sha256, String phase, ArchiveSource.Progress progress) {
    String complaint = complaint(file, bytes, sha256, phase, progress);
    if (complaint != null) {
      throw new PullException(Reason.WRONG_CONTENT, complaint);
    }
  }

  private static @Nullable String complaint(Path file, long bytes, String sha256, String phase,
      ArchiveSource.Progress progress) {
    try {
      ModelStore.verify(file, bytes, sha256, (done, total) -> progress.at(phase, done, total));
      return null;
    } catch (ManifestException e) {
      return e.getMessage();
    }
  }
}
