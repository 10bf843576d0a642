package org.clarion.deploy.embedded;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.clarion.deploy.serve.Readiness;
import org.clarion.deploy.serve.Role;
import org.clarion.deploy.serve.RoleSettings;
import org.clarion.deploy.serve.RoleSettings.Served;
import org.clarion.deploy.serve.RunningRole;
import org.clarion.llm.app.LlmWorker;
import org.clarion.llm.app.LlmWorkerConfig;
import org.clarion.llm.exec.RankGroup;
import org.clarion.llm.exec.RankGroups;
import org.clarion.rpc.Endpoint;

/**
 * Every role in this process, calling each other's gRPC services exactly as processes do; only that messages and the
 * ranks' collective go through memory and not over sockets. One metric registry serves all of them, so the gateway's
 * {@code /metrics} shows the whole cluster.
 */
public final class EmbeddedCluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Deque<AutoCloseable> running = new ConcurrentLinkedDeque<>();
  private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Steps steps;
  private URI address = URI.create("http://127.0.0.1");

  /** Told what is ready and how long it took, on the starting thread. */
  @FunctionalInterface
  public interface Steps {
    /** One step is done. */
    void done(String what, Duration took);
  }

  private EmbeddedCluster(Steps steps) {
    this.steps = steps;
  }

  /**
   * Starts a cluster and waits until it can answer.
   *
   * @param port
   *          of the gateway, 0 for a free one
   * @throws IOException
   *           when a port cannot be bound
   */
  public static EmbeddedCluster start(Served served, int port, Steps steps) throws IOException, InterruptedException {
    return start(served, Map.of(), port, steps);
  }

  /**
   * The same with settings of the scheduler's shared state, such as a {@link org.clarion.deploy.serve.StateFolder}'s.
   */
  public static EmbeddedCluster start(Served served, Map<String, Object> state, int port, Steps steps)
      throws IOException, InterruptedException {
    EmbeddedCluster cluster = new EmbeddedCluster(steps);
    try {
      cluster.open(served, state, port);
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      cluster.close();
      throw e;
    }
  }

  /** Where the gateway answers. */
  public URI address() {
    return address;
  }

  /** What {@code /metrics} shows. */
  public String metrics() {
    return registry.scrape();
  }

  /** Stops the roles, the edge first. */
  @Override
  public void close() {
    while (!running.isEmpty()) {
      try {
        running.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException("a role did not stop: " + e, e);
      }
    }
    registry.close();
  }

  private void open(Served served, Map<String, Object> state, int port) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Started workers = workers(served);
    start = step("model " + served.model() + ": vision worker and " + served.ranks() + (served.ranks() == 1
        ? " rank"
        : " ranks") + " of the language model", start);
    String scheduler = address(role(Role.SCHEDULER,
        local(RoleSettings.scheduler(served, 0, workers.ranks, state))).port());
    start = step("scheduler with its shared state", start);
    RunningRole gateway = role(Role.GATEWAY, RoleSettings.gateway(served, port, List.of(scheduler), List.of(
        workers.vision)));
    address = URI.create("http://127.0.0.1:" + gateway.port());
    Readiness.await(address, PATIENCE, () -> true);
    step("gateway, and everything behind it ready", start);
  }

  /** Addresses of what loads weights. */
  private record Started(List<String> ranks, String vision) {}

  /** Loads everything at the same time: each rank reads the whole file and keeps its slice. */
  private Started workers(Served served) throws IOException, InterruptedException {
    List<RankGroup> groups = served.ranks() == 1
        ? List.of(RankGroups.single())
        : RankGroups.threads(served.ranks(), LlmWorkerConfig.DEFAULTS.collectiveDeadline());
    ExecutorService loaders = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().name("load-", 0).factory());
    try {
      List<Future<LlmWorker>> ranks = groups.stream().map(group -> loaders.submit(() -> rank(served, group))).toList();
      Future<RunningRole> vision = loaders.submit(() -> role(Role.VISION_WORKER,
          local(RoleSettings.vision(served))));
      List<String> addresses = new ArrayList<>();
      for (Future<LlmWorker> rank : ranks) {
        addresses.add(address(rank.get().port()));
      }
      return new Started(addresses, address(vision.get().port()));
    } catch (ExecutionException e) {
      throw unwrapped(e);
    } finally {
      // Ends only when every loader has: what they started is then in the list of what to close.
      loaders.close();
    }
  }

  private LlmWorker rank(Served served, RankGroup group) throws IOException {
    LlmWorkerConfig config = LlmWorkerConfig.parse(local(RoleSettings.rank(served, group.rank(), "threads", "")));
    LlmWorker worker = LlmWorker.start(config, group, registry);
    running.push(worker);
    return worker;
  }

  private static IOException unwrapped(ExecutionException e) {
    return switch (e.getCause()) {
      case RuntimeException cause -> throw cause;
      case Error cause -> throw cause;
      case IOException cause -> cause;
      case Throwable cause -> new IOException(cause);
      case null -> new IOException(e);
    };
  }

  private RunningRole role(Role role, Map<String, ?> settings) throws IOException {
    RunningRole started = RunningRole.start(role, settings, registry);
    running.push(started);
    return started;
  }

  private long step(String what, long start) {
    long now = System.nanoTime();
    steps.done(what, Duration.ofNanos(now - start));
    return now;
  }

  /** The same settings for a role that only this process reaches. */
  private static Map<String, Object> local(Map<String, Object> settings) {
    Map<String, Object> local = new LinkedHashMap<>(settings);
    local.put("bind", address(0));
    return local;
  }

  private static String address(int port) {
    return new Endpoint(Endpoint.IN_PROCESS, port).toString();
  }
}
