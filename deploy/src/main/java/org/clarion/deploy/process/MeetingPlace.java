package org.clarion.deploy.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** Where processes of this host meet to share memory. */
public final class MeetingPlace {
  private static final Path MEMORY = Path.of("/dev/shm");

  private MeetingPlace() {}

  /**
   * A path that nobody else uses; nothing is made there yet.
   *
   * @param otherwise
   *          folder to take where there is no file system in memory
   */
  public static Path fresh(Path otherwise) {
    return (Files.isWritable(MEMORY) ? MEMORY : otherwise).resolve("clarion-" + UUID.randomUUID());
  }
}
