package org.clarion.engine.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.Collectives;

/**
 * Prints how long the all-reduce calls of a decoder's step take: {@code CollectiveProbe threads|processes [RANKS]}.
 * Ranks call back to back, so this is the cost of a call when everybody is ready.
 */
public final class CollectiveProbe {
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final int[] FLOATS = {1, 32};
  private static final int[] INTS = {576, 2_048, 65_536};
  private static final int BATCHES = 60;
  private static final long BATCH_VALUES = 4_000_000;

  private CollectiveProbe() {}

  public static void main(String[] args) throws Exception {
    int ranks = args.length > 1 ? Integer.parseInt(args[1]) : 2;
    switch (args[0]) {
      case "threads" -> threads(ranks);
      case "processes" -> processes(ranks);
      case "process" -> {
        try (Collective end = Collectives.sharedMemory(Path.of(args[3]), Integer.parseInt(args[2]), ranks, DEADLINE)) {
          measure(end);
        }
      }
      default -> throw new IllegalArgumentException("threads or processes, not " + args[0]);
    }
  }

  private static void threads(int ranks) throws InterruptedException {
    List<Thread> threads = Collectives.threads(ranks, DEADLINE).stream()
        .map(end -> Thread.ofPlatform().start(() -> measure(end))).toList();
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void processes(int ranks) throws Exception {
    Path folder = Files.createTempDirectory(Path.of("/dev/shm"), "clarion-probe");
    Process[] peers = new Process[ranks];
    for (int rank = 0; rank < ranks; rank++) {
      peers[rank] = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
          System.getProperty("java.class.path"), CollectiveProbe.class.getName(), "process", "" + ranks, "" + rank,
          folder.resolve("group").toString()).inheritIO().start();
    }
    for (Process peer : peers) {
      peer.waitFor();
    }
    Files.delete(folder);
  }

  /** Measures as one rank; rank 0 prints. Works over any collective. */
  public static void measure(Collective end) {
    for (int length : FLOATS) {
      FloatBuffer values = ByteBuffer.allocateDirect(4 * length).order(ByteOrder.nativeOrder()).asFloatBuffer();
      report(end, "max of " + length + " floats", length, () -> end.allReduceMax(values));
    }
    for (int length : INTS) {
      IntBuffer values = ByteBuffer.allocateDirect(4 * length).order(ByteOrder.nativeOrder()).asIntBuffer();
      report(end, "sum of " + length + " ints", length, () -> end.allReduce(values));
    }
  }

  private static void report(Collective end, String what, int length, Runnable call) {
    int calls = Math.clamp(BATCH_VALUES / length, 40, 2_000);
    double[] micros = new double[BATCHES];
    for (int batch = 0; batch < BATCHES; batch++) {
      end.minimum(0);
      long start = System.nanoTime();
      for (int i = 0; i < calls; i++) {
        call.run();
      }
      micros[batch] = (System.nanoTime() - start) / 1e3 / calls;
    }
    Arrays.sort(micros);
    if (end.rank() == 0) {
      System.out.printf("%-20s best %8.2f us, median %8.2f us%n", what, micros[0], micros[BATCHES / 2]);
    }
  }
}
