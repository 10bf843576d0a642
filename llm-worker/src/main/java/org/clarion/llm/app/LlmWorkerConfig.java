package org.clarion.llm.app;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.clarion.engine.decoder.PrecisionSetting;
import org.clarion.engine.script.Device;
import org.clarion.rpc.Endpoint;
import org.clarion.rpc.Settings;

/**
 * Settings of a rank.
 *
 * @param bind
 *          {@code host:port} to listen at; port 0 picks a free one
 * @param model
 *          id of the model
 * @param precision
 *          see {@link PrecisionSetting#forDecoder}
 * @param kv
 *          kind of keys and values, see {@link PrecisionSetting#forKv}
 * @param device
 *          where this rank computes: {@code cpu}, {@code cuda} or {@code cuda:N}
 * @param threads
 *          intra-op threads of this rank
 * @param arenaTokens
 *          positions of the key-value arena
 * @param rank
 *          number of this rank
 * @param ranks
 *          ranks of the replica
 * @param collective
 *          {@code single}, {@code threads} (the group is handed over in the same JVM), {@code shared-memory} or
 *          {@code grpc} (ranks on several hosts)
 * @param group
 *          the same for all ranks; for shared memory the path that the meeting files' names start with, for gRPC
 *          {@code host:port} of rank 0, which itself may leave it out
 * @param collectiveDeadline
 *          how long a rank waits for its peers before it gives its group up
 * @param embeddingBytes
 *          memory for image embeddings
 */
public record LlmWorkerConfig(String bind, String model, String precision, String kv, Device device,
    int threads, int arenaTokens, int rank, int ranks, String collective, String group, Duration collectiveDeadline,
    long embeddingBytes) {
  /** Every key is absent: one rank of the built-in model. */
  public static final LlmWorkerConfig DEFAULTS = new LlmWorkerConfig("127.0.0.1:7300", "smollm2-135m", "auto", "auto",
      Device.CPU, Runtime.getRuntime().availableProcessors(), 16_384, 0, 1, "single", "", Duration.ofSeconds(5),
      256L << 20);

  public LlmWorkerConfig {
    if (rank >= ranks) {
      throw new IllegalArgumentException("llm-worker: rank is " + rank + ", not below ranks, which is " + ranks);
    }
    if ((ranks == 1) != collective.equals("single")) {
      throw new IllegalArgumentException(
          "llm-worker: collective is '" + collective + "', but ranks is " + ranks + "; single is for 1 rank");
    }
    boolean known = switch (collective) {
      case "shared-memory" -> !group.isEmpty();
      case "grpc" -> group.isEmpty() ? rank == 0 : Endpoint.parse(group).port() > 0;
      default -> group.isEmpty();
    };
    if (!known) {
      throw new IllegalArgumentException("llm-worker: group is '" + group + "' with collective '" + collective
          + "'; shared-memory needs a path, grpc host:port of rank 0, others have none");
    }
  }

  /**
   * Reads the settings.
   *
   * @throws IllegalArgumentException
   *           naming an unknown key, or a value and what was expected
   */
  public static LlmWorkerConfig parse(Map<String, ?> values) {
    Settings settings = new Settings("llm-worker", values);
    int ranks = (int) settings.number("ranks", DEFAULTS.ranks, 1, 64);
    LlmWorkerConfig config = new LlmWorkerConfig(
        settings.endpoint("bind", DEFAULTS.bind).toString(),
        settings.text("model", DEFAULTS.model),
        settings.word("precision", DEFAULTS.precision, PrecisionSetting.WORDS),
        settings.word("kv", DEFAULTS.kv, PrecisionSetting.KV_WORDS),
        new Device(settings.text("device", DEFAULTS.device.name())),
        (int) settings.number("threads", Math.max(1, DEFAULTS.threads / ranks), 1, 1024),
        (int) settings.number("arena-tokens", DEFAULTS.arenaTokens, 16, Integer.MAX_VALUE / 2),
        (int) settings.number("rank", DEFAULTS.rank, 0, 63),
        ranks,
        settings.word("collective", DEFAULTS.collective, List.of("single", "threads", "shared-memory", "grpc")),
        settings.text("group", DEFAULTS.group),
        settings.time("collective-deadline", DEFAULTS.collectiveDeadline),
        settings.number("embedding-bytes", DEFAULTS.embeddingBytes, 1 << 20, Long.MAX_VALUE));
    settings.done();
    return config;
  }
}
