package org.clarion.llm.rpc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.clarion.engine.collective.Collective;
import org.clarion.rpc.RpcServer;

/** Prints what all-reduce calls of two ranks over gRPC and loopback take, in microseconds. */
public final class GrpcCollectiveProbe {
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final int CALLS = 2_000;

  private GrpcCollectiveProbe() {}

  public static void main(String[] args) throws Exception {
    GrpcLeader leader = new GrpcLeader(2, DEADLINE, DEADLINE);
    try (RpcServer server = RpcServer.at("127.0.0.1:0").callbackHandlers().service(leader.service()).start()) {
      GrpcFollower follower = new GrpcFollower(1, 2, "127.0.0.1:" + server.port(), DEADLINE, DEADLINE);
      Thread peer = Thread.ofPlatform().start(() -> measure(follower.form("probe", 1)));
      measure(leader.form("probe", 1));
      peer.join();
    }
  }

  private static void measure(Collective end) {
    try (end) {
      for (int length : new int[]{1, 32}) {
        FloatBuffer floats = direct(length).asFloatBuffer();
        report(end, "max of " + length + " floats", CALLS, () -> end.allReduceMax(floats));
      }
      for (int length : new int[]{576, 2_048, 65_536}) {
        IntBuffer ints = direct(length).asIntBuffer();
        report(end, "sum of " + length + " ints", length > 60_000 ? CALLS / 10 : CALLS, () -> end.allReduce(ints));
      }
    }
  }

  private static ByteBuffer direct(int values) {
    return ByteBuffer.allocateDirect(4 * values).order(ByteOrder.nativeOrder());
  }

  private static void report(Collective end, String what, int calls, Runnable call) {
    double[] micros = new double[calls];
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < calls; i++) {
        long start = System.nanoTime();
        call.run();
        micros[i] = (System.nanoTime() - start) / 1e3;
      }
    }
    Arrays.sort(micros);
    if (end.rank() == 0) {
      System.out.printf("%-20s best %8.1f us, median %8.1f us%n", what, micros[0], micros[calls / 2]);
    }
  }
}
