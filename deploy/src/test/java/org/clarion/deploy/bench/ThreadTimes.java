package org.clarion.deploy.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Processor time and context switches of this process by kind of thread, as Linux counts them, and bytes allocated.
 *
 * @param kinds
 *          by thread name without its numbers
 * @param allocated
 *          bytes of Java heap, all threads
 * @param resident
 *          bytes of the process
 */
record ThreadTimes(SortedMap<String, Kind> kinds, long allocated, long resident) {
  private static final Path TASKS = Path.of("/proc/self/task");

  /**
   * Threads of one kind together.
   *
   * @param nanos
   *          on a core
   * @param switches
   *          times that they left one, by themselves or not
   */
  record Kind(long nanos, long switches) {
    Kind plus(Kind other) {
      return new Kind(nanos + other.nanos, switches + other.switches);
    }

    Kind minus(Kind earlier) {
      return new Kind(nanos - earlier.nanos, switches - earlier.switches);
    }
  }

  /** What the threads have used since they started; empty where there is no Linux. */
  static ThreadTimes now() throws IOException {
    SortedMap<String, Kind> kinds = new TreeMap<>();
    if (Files.isDirectory(TASKS)) {
      try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
        for (Path task : tasks) {
          try {
            String name = Files.readString(task.resolve("comm")).strip().replaceAll("[-#.: ]*[0-9]+.*$", "");
            Map<String, Long> status = fields(task.resolve("status"));
            String onCore = Files.readString(task.resolve("schedstat"));
            long nanos = Long.parseLong(onCore.substring(0, onCore.indexOf(' ')));
            kinds.merge(name, new Kind(nanos, status.getOrDefault("voluntary_ctxt_switches", 0L)
                + status.getOrDefault("nonvoluntary_ctxt_switches", 0L)), Kind::plus);
          } catch (IOException _) {
            // The thread has ended meanwhile.
          }
        }
      }
    }
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long resident = kinds.isEmpty() ? 0 : 1024 * fields(Path.of("/proc/self/status")).getOrDefault("VmRSS", 0L);
    return new ThreadTimes(kinds, threads.getTotalThreadAllocatedBytes(), resident);
  }

  private static Map<String, Long> fields(Path status) throws IOException {
    Map<String, Long> fields = new HashMap<>();
    for (String line : Files.readAllLines(status)) {
      String[] parts = line.split(":\\s*", 2);
      if (parts.length == 2 && parts[1].matches("[0-9]+( kB)?")) {
        fields.put(parts[0], Long.parseLong(parts[1].replace(" kB", "")));
      }
    }
    return fields;
  }

  /** Use since an earlier look. */
  ThreadTimes since(ThreadTimes earlier) {
    SortedMap<String, Kind> used = new TreeMap<>();
    kinds.forEach((name, kind) -> {
      Kind before = earlier.kinds.get(name);
      used.put(name, before == null ? kind : kind.minus(before));
    });
    return new ThreadTimes(used, allocated - earlier.allocated, resident);
  }

  /** All kinds together, those that {@code except} names left out. */
  Kind total(String except) {
    return kinds.entrySet().stream().filter(e -> !e.getKey().startsWith(except)).map(Map.Entry::getValue)
        .reduce(new Kind(0, 0), Kind::plus);
  }

  /** A line for each kind that matters, the busiest first. */
  String table(long steps) {
    StringBuilder out = new StringBuilder();
    kinds.entrySet().stream().filter(e -> e.getValue().nanos() / 1_000 > steps)
        .sorted((a, b) -> Long.compare(b.getValue().nanos(), a.getValue().nanos()))
        .forEach(e -> out.append(String.format(Locale.ROOT, "    %-18s %8.1f us/step %7.2f switches/step%n", e.getKey(),
            e.getValue().nanos() / 1e3 / steps, (double) e.getValue().switches() / steps)));
    return out.toString();
  }
}
