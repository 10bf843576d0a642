package org.clarion.deploy.serve;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.clarion.gateway.app.GatewayConfig;
import org.clarion.gateway.app.GatewayServer;
import org.clarion.llm.app.LlmProcess;
import org.clarion.llm.app.LlmWorkerConfig;
import org.clarion.scheduler.app.SchedulerConfig;
import org.clarion.scheduler.app.SchedulerNode;
import org.clarion.vision.app.VisionWorker;
import org.clarion.vision.app.VisionWorkerConfig;

/**
 * A started role.
 *
 * @param ports
 *          that it listens at: one, but for a process with several ranks
 * @param ready
 *          whether it can work now
 * @param stop
 *          drains and stops it
 */
public record RunningRole(List<Integer> ports, BooleanSupplier ready, Runnable stop) implements AutoCloseable {
  public RunningRole {
    ports = List.copyOf(ports);
  }

  private RunningRole(int port, BooleanSupplier ready, Runnable stop) {
    this(List.of(port), ready, stop);
  }

  /** The only port that it listens at, or the first rank's. */
  public int port() {
    return ports.getFirst();
  }

  /**
   * Starts a role of one process.
   *
   * @param settings
   *          the role's keys
   * @throws IllegalArgumentException
   *           for settings that it does not take
   */
  public static RunningRole start(Role role, Map<String, ?> settings, MeterRegistry registry) throws IOException {
    return switch (role) {
      case GATEWAY -> {
        GatewayServer gateway = GatewayServer.start(GatewayConfig.parse(settings), registry);
        yield new RunningRole(gateway.port(), () -> true, gateway::close);
      }
      case SCHEDULER -> {
        SchedulerNode scheduler = SchedulerNode.start(SchedulerConfig.parse(settings), registry);
        yield new RunningRole(scheduler.port(), scheduler::healthy, scheduler::close);
      }
      case VISION_WORKER -> {
        VisionWorker vision = VisionWorker.start(VisionWorkerConfig.parse(settings), registry);
        yield new RunningRole(vision.port(), () -> true, vision::close);
      }
      case LLM_WORKER -> {
        LlmProcess process = LlmProcess.start(LlmWorkerConfig.parse(settings), registry);
        yield new RunningRole(process.ports(), () -> true, process::close);
      }
    };
  }

  /**
   * Reads settings without starting anything.
   *
   * @throws IllegalArgumentException
   *           names the key and the value that are wrong
   */
  public static void check(Role role, Map<String, ?> settings) {
    switch (role) {
      case GATEWAY -> GatewayConfig.parse(settings);
      case SCHEDULER -> SchedulerConfig.parse(settings);
      case VISION_WORKER -> VisionWorkerConfig.parse(settings);
      case LLM_WORKER -> LlmWorkerConfig.parse(settings);
    }
  }

  @Override
  public void close() {
    stop.run();
  }
}
