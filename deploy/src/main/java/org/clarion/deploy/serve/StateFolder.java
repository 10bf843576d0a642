package org.clarion.deploy.serve;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.clarion.scheduler.cluster.ClusterConfig;
import org.clarion.scheduler.cluster.database.DatabaseConfig;

/** A folder in which a cluster of one process keeps its state: a database file, and the secret that its values need. */
public final class StateFolder {
  private static final int SECRET_BYTES = 32;

  private StateFolder() {}

  /**
   * Makes the folder and its secret where they are missing, readable by their owner only. A secret that was renamed to
   * {@code secret.previous} still opens what it sealed.
   *
   * @return the settings of a scheduler's shared state that use it
   */
  public static Map<String, Object> settings(Path folder) throws IOException {
    Path place = folder.toAbsolutePath();
    if (!Files.isDirectory(place)) {
      Files.createDirectories(place,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    Path secret = place.resolve("secret");
    try {
      Files.createFile(secret, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      byte[] bytes = new byte[SECRET_BYTES];
      new SecureRandom().nextBytes(bytes);
      Files.writeString(secret, HexFormat.of().formatHex(bytes));
    } catch (FileAlreadyExistsException _) {
      // Of an earlier start.
    }
    Path previous = place.resolve("secret.previous");
    return Map.of(DatabaseConfig.URL, DatabaseConfig.file(place), ClusterConfig.SECRET_FILE, secret.toString(),
        ClusterConfig.PREVIOUS_SECRET_FILES, Files.exists(previous) ? List.of(previous.toString()) : List.of());
  }
}
