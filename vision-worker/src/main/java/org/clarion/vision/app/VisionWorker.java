package org.clarion.vision.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.PrecisionSetting;
import org.clarion.engine.vision.ImageTower;
import org.clarion.engine.vision.ImageTowers;
import org.clarion.engine.vision.TowerOptions;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.clarion.rpc.ProgressMonitor;
import org.clarion.rpc.RpcChannels;
import org.clarion.rpc.RpcServer;
import org.clarion.vision.core.EmbeddingCache;
import org.clarion.vision.exec.EncodeQueue;
import org.clarion.vision.exec.ImageEncoder;
import org.clarion.vision.exec.VisionMetrics;
import org.clarion.vision.rpc.Delivery;
import org.clarion.vision.rpc.EncodeLimits;
import org.clarion.vision.rpc.EncodeService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The encoder process as a role: the image tower on its thread and {@code VisionService}. Thread-safe. */
public final class VisionWorker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(VisionWorker.class);
  /** Without progress for so long a worker counts as hung; one that is slow by nature gets more. */
  private static final Duration HUNG = Duration.ofSeconds(2);
  /** The first work may have to read the weights from disk. */
  private static final Duration HUNG_AT_FIRST = Duration.ofSeconds(60);
  private static final Duration PUT_DEADLINE = Duration.ofSeconds(10);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final int IMAGES_PER_CALL = 16;
  private static final int DESTINATIONS = 64;
  /** Images whose embeddings are on their way hold a place too. */
  private static final int DELIVERING = 64;

  private final RpcServer server;
  private final EncodeService service;
  private final EncodeQueue queue;
  private final RpcChannels channels;

  private VisionWorker(RpcServer server, EncodeService service, EncodeQueue queue, RpcChannels channels) {
    this.server = server;
    this.service = service;
    this.queue = queue;
    this.channels = channels;
  }

  /**
   * Starts the encoder of a model of the standard catalogue and cache.
   *
   * @throws IOException
   *           when the address cannot be bound
   * @throws org.clarion.models.manifest.ManifestException
   *           when the model is unknown, incomplete or has no image tower
   */
  public static VisionWorker start(VisionWorkerConfig config, MeterRegistry registry) throws IOException {
    return start(config, ModelCatalogue.standard().require(config.model()), ModelStore.standard(), registry);
  }

  /** Starts the encoder of any model. */
  public static VisionWorker start(VisionWorkerConfig config, ModelManifest model, ModelStore store,
      MeterRegistry registry) throws IOException {
    long start = System.nanoTime();
    int hidden;
    try (DecoderWeights language = ModelLoader.language(model, store)) {
      hidden = language.config().hidden();
    }
    VisionMetrics metrics = new VisionMetrics(registry);
    ProgressMonitor progress = new ProgressMonitor(HUNG, HUNG_AT_FIRST);
    EncodeLimits limits;
    EncodeQueue queue;
    // The weights are open only while they load: the tower of a converted one keeps a mapping of its own.
    try (VisionWeights weights = ModelLoader.vision(model, store, hidden)) {
      Precision precision = PrecisionSetting.forImageTower(config.precision(), config.device(), weights);
      ModelManifest.Vision vision = vision(model);
      limits = new EncodeLimits(model.id(), vision.imageSize(), vision.tokens(), hidden, IMAGES_PER_CALL, DESTINATIONS,
          config.queue() + 1 + DELIVERING);
      Supplier<ImageEncoder> encoder = () -> new TowerEncoder(
          ImageTowers.load(weights, vision, new TowerOptions(precision, config.threads(), config.device())));
      queue = EncodeQueue.start(encoder, config.queue(), new EmbeddingCache(config.cacheImages()), progress, metrics);
    }
    log.info("image tower of model {} loaded in {} ms: precision {}, {} threads, images of {}, {} x {} embeddings",
        model.id(), (System.nanoTime() - start) / 1_000_000, config.precision(), config.threads(),
        limits.imageSize(), limits.tokens(), hidden);
    RpcChannels channels = new RpcChannels();
    EncodeService service = new EncodeService(queue, new Delivery(channels, metrics, PUT_DEADLINE, FIRST_PAUSE), limits,
        metrics);
    Gauge.builder("clarion_vision_queue", queue, EncodeQueue::waiting).description("Images that wait")
        .register(registry);
    Gauge.builder("clarion_vision_in_progress", service, EncodeService::inProgress)
        .description("Images from their first byte to their last acknowledgement").register(registry);
    try {
      RpcServer server = RpcServer.at(config.bind()).callbackHandlers()
          .maxInboundBytes(limits.imageBytes() + (64 << 10)).service(service, progress::healthy).start();
      return new VisionWorker(server, service, queue, channels);
    } catch (IOException | RuntimeException e) {
      queue.close();
      channels.close();
      throw e;
    }
  }

  private static ModelManifest.Vision vision(ModelManifest model) {
    ModelManifest.Vision vision = model.vision();
    if (vision == null) {
      throw new IllegalArgumentException("vision-worker: model " + model.id() + " has no image tower");
    }
    return vision;
  }

  /** Port that the encoder listens at. */
  public int port() {
    return server.port();
  }

  /** Refuses new calls, lets running ones end for a moment, gives the rest up and frees the encoder. */
  @Override
  public void close() {
    server.close();
    service.close();
    channels.close();
    queue.close();
  }

  private record TowerEncoder(ImageTower tower) implements ImageEncoder {
    @Override
    public List<float[]> encode(List<PixelTensor> images) {
      return tower.encode(images);
    }

    @Override
    public int together() {
      return tower.together();
    }

    @Override
    public void close() {
      tower.close();
    }
  }
}
