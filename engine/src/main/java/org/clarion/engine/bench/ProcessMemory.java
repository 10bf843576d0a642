package org.clarion.engine.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Resident memory of this process, as Linux tells it. */
final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");
  private static final String RESET_PEAK = "5";

  private ProcessMemory() {}

  /** The most it has been, in bytes; 0 where the system does not tell. */
  static long peakBytes() {
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines.filter(line -> line.startsWith("VmHWM:")).mapToLong(ProcessMemory::kibibytes).findFirst()
          .orElse(0) << 10;
    } catch (IOException _) {
      return 0; // not a Linux host
    }
  }

  /** Forgets what it has been at most, where the system allows that: other work comes before what is measured. */
  static void forgetPeak() {
    try {
      Files.writeString(CLEAR, RESET_PEAK);
    } catch (IOException _) {
      // The peak then tells of that work too.
    }
  }

  private static long kibibytes(String line) {
    return Long.parseLong(line.replaceAll("\\D", ""));
  }
}
