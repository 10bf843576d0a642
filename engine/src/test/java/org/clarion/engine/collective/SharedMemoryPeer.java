package org.clarion.engine.collective;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** One rank in a process of its own. */
final class SharedMemoryPeer {
  private static final Duration JOIN = Duration.ofSeconds(40);
  private static final Duration DEADLINE = Duration.ofSeconds(2);

  private SharedMemoryPeer() {}

  static Process start(Path file, int rank, int size, String mode) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command = List.of(java, "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp",
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
        SharedMemoryPeer.class.getName(), file.toString(), "" + rank, "" + size, mode);
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  public static void main(String[] args) {
    int rank = Integer.parseInt(args[1]);
    try (Collective end = Collectives.sharedMemory(Path.of(args[0]), rank, Integer.parseInt(args[2]), JOIN, DEADLINE)) {
      run(end, args[3]);
    } catch (CollectiveException e) {
      System.out.println(e);
    }
  }

  private static void run(Collective end, String mode) {
    Random random = new Random(end.rank());
    int checksum = 0;
    for (int i = 0; i < 300; i++) {
      float[] values = new float[576];
      for (int k = 0; k < values.length; k++) {
        values[k] = random.nextFloat();
      }
      end.allReduce(FloatBuffer.wrap(values));
      checksum = 31 * checksum + Arrays.hashCode(values);
    }
    if (mode.equals("die")) {
      Runtime.getRuntime().halt(9);
    }
    if (mode.equals("sum-then-wait")) {
      end.minimum(1);
    }
    System.out.println("sums " + checksum);
  }
}
