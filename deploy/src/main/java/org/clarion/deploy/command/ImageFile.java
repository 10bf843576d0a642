package org.clarion.deploy.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.clarion.deploy.terminal.ExitCode;

/** A picture that the command line names. */
final class ImageFile {
  private static final long MAX_BYTES = 64L << 20;

  private ImageFile() {}

  /** The file's bytes; refuses what is no file or has more than 64 MiB. */
  static byte[] read(Path image) throws IOException {
    if (!Files.isRegularFile(image)) {
      throw new CommandFailure(ExitCode.USAGE, "--image " + image + " is not a file");
    }
    long bytes = Files.size(image);
    if (bytes > MAX_BYTES) {
      throw new CommandFailure(ExitCode.USAGE,
          "--image " + image + " has " + bytes + " bytes, the limit is " + MAX_BYTES);
    }
    return Files.readAllBytes(image);
  }
}
