package org.clarion.llm.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;
import org.clarion.engine.decoder.Decoder;
import org.clarion.engine.decoder.DecoderOptions;
import org.clarion.engine.decoder.DecoderStep;
import org.clarion.engine.decoder.Decoders;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.PrecisionSetting;
import org.clarion.engine.decoder.StepLogits;
import org.clarion.engine.kernel.TileChoice;
import org.clarion.engine.script.Device;
import org.clarion.llm.core.PlanLimits;
import org.clarion.llm.exec.CurrentCollective;
import org.clarion.llm.exec.Embeddings;
import org.clarion.llm.exec.Formats;
import org.clarion.llm.exec.RankGroup;
import org.clarion.llm.exec.RankGroups;
import org.clarion.llm.exec.StepEngine;
import org.clarion.llm.exec.StepExecutor;
import org.clarion.llm.exec.StepMetrics;
import org.clarion.llm.rpc.EmbeddingIntake;
import org.clarion.llm.rpc.ExecuteService;
import org.clarion.llm.rpc.GrpcLeader;
import org.clarion.llm.rpc.WorkerIdentity;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.grammar.Vocabulary;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.clarion.rpc.EmbeddingReceiver;
import org.clarion.rpc.ProgressMonitor;
import org.clarion.rpc.RpcServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One tensor-parallel rank as a role: the decoder on its thread, {@code LlmWorkerService} and {@code EmbeddingService}.
 * Starting loads the weights. Thread-safe.
 */
public final class LlmWorker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LlmWorker.class);
  /** Without progress for so long a worker counts as hung; one that is slow by nature gets more. */
  private static final Duration HUNG = Duration.ofSeconds(2);
  /** The first work may have to read the weights from disk. */
  private static final Duration HUNG_AT_FIRST = Duration.ofSeconds(60);
  private static final int MAX_SEQUENCES = 4096;
  private static final int MAX_ROWS = 512;
  /** One plan runs, one waits, one is on its way. */
  private static final int PLAN_DEPTH = 3;
  /** A plan of a whole long context: at most 5 bytes a token, and spans. */
  private static final int MAX_PLAN_BYTES = 4 << 20;

  private final RpcServer server;
  private final StepExecutor executor;
  private final DecoderConfig shape;
  private final Precision precision;

  private LlmWorker(RpcServer server, StepExecutor executor, DecoderConfig shape, Precision precision) {
    this.server = server;
    this.executor = executor;
    this.shape = shape;
    this.precision = precision;
  }

  /**
   * Starts a rank of a group, usually one of {@link RankGroups#threads}, with a model of the standard catalogue and
   * cache. Ranks of one JVM may start one after the other: they meet when the replica is opened.
   */
  public static LlmWorker start(LlmWorkerConfig config, RankGroup group, MeterRegistry registry) throws IOException {
    return start(config, group, null, registry);
  }

  /**
   * The same.
   *
   * @param leader
   *          what processes of other hosts call at this rank's address to meet, if they do
   */
  static LlmWorker start(LlmWorkerConfig config, RankGroup group, @Nullable GrpcLeader leader, MeterRegistry registry)
      throws IOException {
    return start(config, group, leader, ModelCatalogue.standard().require(config.model()), ModelStore.standard(),
        registry);
  }

  /** Starts a rank of a group with any model. */
  public static LlmWorker start(LlmWorkerConfig config, RankGroup group, ModelManifest model, ModelStore store,
      MeterRegistry registry) throws IOException {
    return start(config, group, null, model, store, registry);
  }

  private static LlmWorker start(LlmWorkerConfig config, RankGroup group, @Nullable GrpcLeader leader,
      ModelManifest model, ModelStore store, MeterRegistry registry) throws IOException {
    if (config.devices().size() != 1) {
      throw new IllegalArgumentException("llm-worker: a rank has one device, not " + config.devices());
    }
    Device device = config.devices().getFirst();
    if (group.rank() != config.rank() || group.size() != config.ranks()) {
      throw new IllegalArgumentException("llm-worker: the group is for rank " + group.rank() + " of " + group.size()
          + ", the settings for rank " + config.rank() + " of " + config.ranks());
    }
    long start = System.nanoTime();
    CurrentCollective collective = new CurrentCollective(group);
    Embeddings embeddings = new Embeddings(config.embeddingBytes());
    ProgressMonitor progress = new ProgressMonitor(HUNG, HUNG_AT_FIRST);
    ProcessMemory memory = new ProcessMemory();
    // The weights are open only while they load.
    DecoderConfig shape;
    Precision precision;
    StepExecutor executor;
    try (DecoderWeights weights = ModelLoader.language(model, store)) {
      shape = weights.config();
      precision = PrecisionSetting.forDecoder(config.precision(), device, weights);
      Supplier<StepEngine> engine = () -> {
        Decoder decoder = Decoders.load(weights, new DecoderOptions(precision, PrecisionSetting.forKv(config.kv()),
            config.arenaTokens(), config.threads(), device), collective);
        decoder.tiles().forEach(tile -> publish(tile, config.rank(), registry));
        return new DecoderEngine(decoder);
      };
      executor = StepExecutor.start(new StepExecutor.Parts(collective, engine, embeddings, shape.hidden(),
          MAX_SEQUENCES, PLAN_DEPTH, progress, new StepMetrics(registry, config.rank())));
    }
    log.info(
        "model {} loaded as rank {} of {} on {} in {} ms: precision {} ({}), {} threads, arena of {} positions, {} "
            + "MiB resident",
        model.id(), config.rank(), config.ranks(), device.name(), (System.nanoTime() - start)
            / 1_000_000,
        precision, config.precision(), config.threads(), config.arenaTokens(), memory.residentBytes() >> 20);
    Gauge.builder("clarion_llm_embedding_bytes", embeddings, Embeddings::bytes)
        .tag("rank", Integer.toString(config.rank())).description("Memory of image embeddings").register(registry);
    try {
      WorkerIdentity identity = identity(config, model, shape);
      RpcServer.Builder builder = RpcServer.at(config.bind())
          .callbackHandlers()
          .maxInboundBytes(MAX_PLAN_BYTES)
          .service(new ExecuteService(executor, identity, PLAN_DEPTH, memory::residentBytes,
              config.rank() == 0 ? formats(model, store, shape, registry) : null), executor::healthy)
          .service(new EmbeddingReceiver(new EmbeddingIntake(identity, embeddings), EmbeddingReceiver.Limits.DEFAULT),
              executor::healthy);
      if (leader != null) {
        builder.service(leader.service());
      }
      RpcServer server = builder.start();
      return new LlmWorker(server, executor, shape, precision);
    } catch (IOException | RuntimeException e) {
      executor.close();
      throw e;
    }
  }

  /** What rank 0 needs of the vocabulary to keep answers to a format. */
  private static Formats formats(ModelManifest model, ModelStore store, DecoderConfig shape, MeterRegistry registry) {
    return new Formats(new Vocabulary(ModelLoader.tokenTable(model, store), shape.vocabulary()), registry);
  }

  /** The value says nothing; the tags do. */
  private static void publish(TileChoice tile, int rank, MeterRegistry registry) {
    Gauge.builder("clarion_kernel_choice", () -> 1).tag("rank", Integer.toString(rank)).tag("shape", tile.weights())
        .tag("rows", tile.rows()).tag("tile", Integer.toString(tile.tile()))
        .description("Register tile of linear layers, chosen by measuring").register(registry);
  }

  private static WorkerIdentity identity(LlmWorkerConfig config, ModelManifest model, DecoderConfig shape) {
    ModelManifest.Vision vision = model.vision();
    int context = Math.min(model.language().maxContext(), config.arenaTokens());
    return new WorkerIdentity(model.id(), config.rank(), config.ranks(), shape.hidden(), new PlanLimits(
        config.arenaTokens(), shape.vocabulary(), context, vision == null ? 0 : vision.tokens(), MAX_ROWS));
  }

  /** Port that the rank listens at. */
  public int port() {
    return server.port();
  }

  /** Shape of the loaded decoder. */
  public DecoderConfig shape() {
    return shape;
  }

  /** Precision that was chosen. */
  public Precision precision() {
    return precision;
  }

  /** Refuses new calls, ends the replica's call, waits for the running step and frees the decoder. */
  @Override
  public void close() {
    server.drain();
    executor.close();
    server.close();
  }

  private record DecoderEngine(Decoder decoder) implements StepEngine {
    @Override
    public StepLogits step(DecoderStep step) {
      return decoder.step(step);
    }

    @Override
    public void copyPositions(int fromOffset, int toOffset, int count) {
      decoder.copyPositions(fromOffset, toOffset, count);
    }

    @Override
    public void close() {
      decoder.close();
    }
  }
}
