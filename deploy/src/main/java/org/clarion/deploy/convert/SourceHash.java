package org.clarion.deploy.convert;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.function.LongConsumer;
import org.clarion.models.checkpoint.Sha256;

/** What tells the files of a model apart from all others. */
final class SourceHash {
  private static final int CHUNK = 1 << 20;

  private SourceHash() {}

  /** Bytes that {@link #of} reads. */
  static long bytes(List<Path> files) throws IOException {
    long bytes = 0;
    for (Path file : files) {
      bytes += Files.size(file);
    }
    return bytes;
  }

  /** SHA-256 of one file; of several the SHA-256 of lines with the hash and name of each. Hexadecimal. */
  static String of(List<Path> files, LongConsumer progress) throws IOException {
    long done = 0;
    MessageDigest all = Sha256.digest();
    String last = "";
    for (Path file : files) {
      long before = done;
      last = of(file, bytes -> progress.accept(before + bytes));
      done += Files.size(file);
      all.update((last + "  " + file.getFileName() + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return files.size() == 1 ? last : HexFormat.of().formatHex(all.digest());
  }

  static String of(Path file, LongConsumer progress) throws IOException {
    MessageDigest digest = Sha256.digest();
    byte[] chunk = new byte[CHUNK];
    long done = 0;
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        digest.update(chunk, 0, read);
        done += read;
        progress.accept(done);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
