package org.clarion.llm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Resident memory of this process, read from Linux at most once a second. Thread-safe. */
final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();

  private long bytes;
  private long readAt;
  private boolean read;

  /** Bytes, or 0 where the system does not tell. */
  synchronized long residentBytes() {
    long now = System.nanoTime();
    if (!read || now - readAt > FRESH_NANOS) {
      bytes = current();
      readAt = now;
      read = true;
    }
    return bytes;
  }

  private static long current() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith("VmRSS:")) {
          return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    } catch (IOException | NumberFormatException _) {
      // Another system: the figure is for people and may be missing.
    }
    return 0;
  }
}
