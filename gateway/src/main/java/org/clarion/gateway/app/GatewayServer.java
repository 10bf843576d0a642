package org.clarion.gateway.app;

import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.util.EventLoopGroups;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.clarion.gateway.api.ServedModel;
import org.clarion.gateway.flow.GatewayMetrics;
import org.clarion.gateway.flow.GenerationFlow;
import org.clarion.gateway.flow.Generations;
import org.clarion.gateway.flow.PictureDesk;
import org.clarion.gateway.http.HttpApi;
import org.clarion.gateway.intake.ImageIntake;
import org.clarion.gateway.intake.ImageLimits;
import org.clarion.gateway.rpc.PeerHealth;
import org.clarion.gateway.rpc.Schedulers;
import org.clarion.gateway.rpc.VisionClient;
import org.clarion.gateway.tenant.ApiKeys;
import org.clarion.gateway.tenant.Authenticator;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.clarion.models.tokenizer.Tokenizer;
import org.clarion.rpc.Endpoint;
import org.clarion.rpc.RpcChannels;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gateway role: HTTP in front, schedulers and vision workers behind. Started when {@link #start} returns. */
public final class GatewayServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GatewayServer.class);
  private static final Duration DRAIN_QUIET = Duration.ofMillis(100);
  private static final Duration DRAIN = Duration.ofSeconds(10);
  /** A core is left for what the loops wait for; one loop serves thousands of tokens in a second. */
  private static final int EVENT_LOOPS = Math.max(1, Runtime.getRuntime().availableProcessors() - 1);

  private final Server server;
  private final Generations generations;
  private final Deque<AutoCloseable> resources;

  private GatewayServer(Server server, Generations generations, Deque<AutoCloseable> resources) {
    this.server = server;
    this.generations = generations;
    this.resources = resources;
  }

  /**
   * Starts a gateway for models of the standard catalogue and store.
   *
   * @throws IOException
   *           when the address cannot be bound or the key file not be read
   */
  public static GatewayServer start(GatewayConfig config, MeterRegistry registry) throws IOException {
    SequencedMap<String, ServedModel> models = new LinkedHashMap<>();
    List<Tokenizer> tokenizers = new ArrayList<>();
    try {
      for (String id : config.models()) {
        ModelManifest manifest = ModelCatalogue.standard().require(id);
        Tokenizer tokenizer = ModelLoader.tokenizer(manifest, ModelStore.standard());
        tokenizers.add(tokenizer);
        models.put(manifest.id(), ServedModel.of(manifest, tokenizer));
      }
      return start(config, models, GatewayTimes.DEFAULT, tokenizers, registry);
    } catch (IOException | RuntimeException e) {
      tokenizers.forEach(Tokenizer::close);
      throw e;
    }
  }

  /** Starts a gateway for these models; it closes the tokenizers with itself. */
  static GatewayServer start(GatewayConfig config, SequencedMap<String, ServedModel> models, GatewayTimes times,
      List<Tokenizer> tokenizers, MeterRegistry registry) throws IOException {
    Authenticator authenticator = config.apiKeys().isPresent()
        ? new Authenticator.Keys(ApiKeys.read(config.apiKeys().get()))
        : new Authenticator.Embedded(config.embeddedTenant().orElseThrow());
    Deque<AutoCloseable> resources = new ArrayDeque<>(tokenizers);
    // Answers of calls that are being cancelled may still come: the loops end last.
    EventLoopGroup loops = EventLoopGroups.newEventLoopGroup(EVENT_LOOPS, "gateway-loop");
    resources.push(() -> {
      var _ = loops.shutdownGracefully();
    });
    RpcChannels channels = own(resources, new RpcChannels());
    List<String> peers = new ArrayList<>(config.schedulers());
    peers.addAll(config.visionWorkers());
    PeerHealth health = own(resources, new PeerHealth(peers, channels));
    PictureDesk pictures = own(resources, new PictureDesk(new ImageIntake(ImageLimits.standard(),
        Runtime.getRuntime().availableProcessors(), config.limits().imageQueue())));
    ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("gateway-", 0).factory());
    resources.push(threads::shutdownNow);
    Schedulers schedulers = new Schedulers(config.schedulers(), channels, health, times.placement());
    Generations generations = new Generations(config.limits().generations());
    GatewayMetrics metrics = new GatewayMetrics(registry);
    metrics.running(generations::running);
    GenerationFlow flow = new GenerationFlow(new GenerationFlow.Services(schedulers,
        new VisionClient(config.visionWorkers(), channels, health, times.encoding(), registry), generations, metrics,
        threads), pictures,
        config.limits().defaultMaxTokens());
    HttpApi api = new HttpApi(new HttpApi.Parts(models, authenticator, schedulers, flow, generations, metrics, registry,
        () -> health.anyServing(config.schedulers())
            && (config.visionWorkers().isEmpty() || health.anyServing(config.visionWorkers())),
        threads, new HttpApi.Limits(config.limits().bodyBytes(), config.limits().uploadBytes(),
            config.limits().images(), times.heartbeat(), times.patience())));
    GatewayServer gateway = new GatewayServer(build(config.bind(), loops, api), generations, resources);
    try {
      gateway.server.start().join();
    } catch (CompletionException e) {
      gateway.close();
      throw new IOException("cannot listen at " + config.bind(), e.getCause());
    }
    log.info("gateway port={} models={} schedulers={} vision-workers={}", gateway.port(), models.keySet(),
        config.schedulers(), config.visionWorkers());
    return gateway;
  }

  private static Server build(String bind, EventLoopGroup loops, HttpApi api) {
    Endpoint endpoint = Endpoint.parse(bind);
    ServerBuilder builder = Server.builder()
        .port(new InetSocketAddress(endpoint.host(), endpoint.port()), SessionProtocol.HTTP)
        .workerGroup(loops, false)
        // Refusals are exceptions here and are counted and logged where they are made.
        .unloggedExceptionsReportIntervalMillis(0)
        .gracefulShutdownTimeout(DRAIN_QUIET, DRAIN);
    api.install(builder);
    return builder.build();
  }

  private static <T extends AutoCloseable> T own(Deque<AutoCloseable> resources, T resource) {
    resources.push(resource);
    return resource;
  }

  /** Port that the server listens at. */
  public int port() {
    return server.activeLocalPort();
  }

  /**
   * Refuses new requests, lets running ones end for up to 10 s, sends the readers of the rest to other gateways, then
   * stops. What those read goes on at its scheduler.
   */
  @Override
  public void close() {
    generations.drain();
    long end = System.nanoTime() + DRAIN.toNanos();
    try {
      while (generations.running() > 0 && System.nanoTime() - end < 0) {
        Thread.sleep(DRAIN_QUIET.dividedBy(10));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    generations.part();
    server.stop().join();
    while (!resources.isEmpty()) {
      try {
        resources.pop().close();
      } catch (Exception e) {
        log.warn("closing a part of the gateway failed: {}", e.getClass().getName());
      }
    }
  }
}
