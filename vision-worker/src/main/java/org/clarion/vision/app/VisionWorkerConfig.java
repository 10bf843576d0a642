package org.clarion.vision.app;

import java.util.Map;
import org.clarion.engine.decoder.PrecisionSetting;
import org.clarion.engine.script.Device;
import org.clarion.rpc.Settings;

/**
 * Settings of an encoder process.
 *
 * @param bind
 *          {@code host:port} to listen at; port 0 picks a free one
 * @param model
 *          id of the model
 * @param precision
 *          see {@link PrecisionSetting#forImageTower}
 * @param device
 *          where it computes: {@code cpu}, {@code cuda} or {@code cuda:N}
 * @param threads
 *          intra-op threads
 * @param cacheImages
 *          embeddings kept, 0 for none
 * @param queue
 *          images that may wait while one is encoded, at most half of them one tenant's
 */
public record VisionWorkerConfig(String bind, String model, String precision, Device device, int threads,
    int cacheImages, int queue) {
  /** Every key is absent: the image tower of the built-in model. */
  public static final VisionWorkerConfig DEFAULTS = new VisionWorkerConfig("127.0.0.1:7400", "smollm2-135m", "auto",
      Device.CPU, Runtime.getRuntime().availableProcessors(), 256, 64);

  /**
   * Reads the settings.
   *
   * @throws IllegalArgumentException
   *           naming an unknown key, or a value and what was expected
   */
  public static VisionWorkerConfig parse(Map<String, ?> values) {
    Settings settings = new Settings("vision-worker", values);
    VisionWorkerConfig config = new VisionWorkerConfig(
        settings.endpoint("bind", DEFAULTS.bind).toString(),
        settings.text("model", DEFAULTS.model),
        settings.word("precision", DEFAULTS.precision, PrecisionSetting.WORDS),
        new Device(settings.text("device", DEFAULTS.device.name())),
        (int) settings.number("threads", DEFAULTS.threads, 1, 1024),
        (int) settings.number("cache-images", DEFAULTS.cacheImages, 0, 1_000_000),
        (int) settings.number("queue", DEFAULTS.queue, 1, 10_000));
    settings.done();
    return config;
  }
}
