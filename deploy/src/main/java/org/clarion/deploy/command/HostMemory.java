package org.clarion.deploy.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How much memory this machine has left. */
final class HostMemory {
  private static final Path MEMINFO = Path.of("/proc/meminfo");

  private HostMemory() {}

  /** What programs can still take without swapping, bytes: Linux's own estimate. */
  static long available() throws IOException {
    return available(Files.readAllLines(MEMINFO));
  }

  static long available(List<String> lines) throws IOException {
    for (String line : lines) {
      String[] words = line.trim().split("\\s+", -1);
      if (words.length >= 2 && words[0].equals("MemAvailable:") && words[1].matches("\\d{1,15}")) {
        return Long.parseLong(words[1]) * 1024;
      }
    }
    throw new IOException("there is no MemAvailable in " + MEMINFO);
  }
}
