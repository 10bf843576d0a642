package org.clarion.deploy.bench;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.clarion.deploy.serve.Readiness;
import org.clarion.deploy.serve.Role;
import org.clarion.deploy.serve.RoleSettings;
import org.clarion.deploy.serve.RoleSettings.Served;
import org.clarion.deploy.serve.RunningRole;
import org.clarion.llm.core.PlanLimits;
import org.clarion.llm.exec.CurrentCollective;
import org.clarion.llm.exec.Embeddings;
import org.clarion.llm.exec.RankGroups;
import org.clarion.llm.exec.StepExecutor;
import org.clarion.llm.exec.StepMetrics;
import org.clarion.llm.rpc.EmbeddingIntake;
import org.clarion.llm.rpc.ExecuteService;
import org.clarion.llm.rpc.WorkerIdentity;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.clarion.models.tokenizer.Tokenizer;
import org.clarion.rpc.EmbeddingReceiver;
import org.clarion.rpc.Endpoint;
import org.clarion.rpc.ProgressMonitor;
import org.clarion.rpc.RpcServer;

/** The roles of an embedded cluster as they are, but for the engine of the one rank. */
final class ProbedCluster implements AutoCloseable {
  private static final int PLAN_DEPTH = 3;
  private static final int ARENA = 65_536;
  private static final int HIDDEN = 64;

  private final Deque<AutoCloseable> running = new ArrayDeque<>();
  private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final FakeEngine engine;
  private final URI address;

  /**
   * Starts it.
   *
   * @param host
   *          {@link Endpoint#IN_PROCESS} as an embedded cluster has it, or an address for sockets between the roles
   */
  ProbedCluster(String model, FakeEngine.Pace pace, String host) throws IOException, InterruptedException {
    ModelManifest manifest = ModelCatalogue.standard().require(model);
    int vocabulary;
    try (Tokenizer tokenizer = ModelLoader.tokenizer(manifest, ModelStore.standard())) {
      vocabulary = tokenizer.vocabularySize();
    }
    engine = new FakeEngine(pace, vocabulary);
    Served served = new Served(model, "f32", 1, 1);
    String rank = new Endpoint(host, rank(manifest, vocabulary, host)).toString();
    Map<String, Object> scheduling = new HashMap<>(RoleSettings.scheduler(served, 0, List.of(rank), Map.of()));
    scheduling.put("bind", host + ":0");
    String scheduler = new Endpoint(host, role(Role.SCHEDULER, scheduling).port()).toString();
    RunningRole gateway = role(Role.GATEWAY, RoleSettings.gateway(served, 0, List.of(scheduler), List.of()));
    address = URI.create("http://127.0.0.1:" + gateway.port());
    Readiness.await(address, Duration.ofSeconds(30), () -> true);
  }

  private int rank(ModelManifest manifest, int vocabulary, String host) throws IOException {
    CurrentCollective collective = new CurrentCollective(RankGroups.single());
    Embeddings embeddings = new Embeddings(1 << 20);
    StepExecutor executor = StepExecutor
        .start(new StepExecutor.Parts(collective, () -> engine, embeddings, HIDDEN, 4096,
            PLAN_DEPTH, new ProgressMonitor(Duration.ofSeconds(60), Duration.ofSeconds(60)),
            new StepMetrics(registry, 0)));
    running.push(executor);
    ModelManifest.Vision vision = manifest.vision();
    WorkerIdentity identity = new WorkerIdentity(manifest.id(), 0, 1, HIDDEN, new PlanLimits(ARENA, vocabulary,
        manifest.language().maxContext(), vision == null ? 0 : vision.tokens(), 512));
    RpcServer server = RpcServer.at(host + ":0").callbackHandlers().maxInboundBytes(4 << 20)
        .service(new ExecuteService(executor, identity, PLAN_DEPTH, () -> 0, null), executor::healthy)
        .service(new EmbeddingReceiver(new EmbeddingIntake(identity, embeddings), EmbeddingReceiver.Limits.DEFAULT))
        .start();
    running.push(server);
    return server.port();
  }

  private RunningRole role(Role role, Map<String, ?> settings) throws IOException {
    RunningRole started = RunningRole.start(role, settings, registry);
    running.push(started);
    return started;
  }

  URI address() {
    return address;
  }

  FakeEngine engine() {
    return engine;
  }

  /** Seconds in which the engine had no plan although sequences were running, as {@code /metrics} tells them. */
  double idleSeconds() {
    return registry.get("clarion_engine_idle").counter().count();
  }

  @Override
  public void close() throws IOException {
    try {
      while (!running.isEmpty()) {
        running.pop().close();
      }
    } catch (Exception e) {
      throw new IOException("a role did not stop", e);
    }
  }
}
