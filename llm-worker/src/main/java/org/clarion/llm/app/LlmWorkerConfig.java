package org.clarion.llm.app;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.clarion.engine.decoder.PrecisionSetting;
import org.clarion.engine.script.Device;
import org.clarion.rpc.Endpoint;
import org.clarion.rpc.Settings;

/**
 * Settings of a process with one rank or several, each on a device of its own.
 *
 * @param bind
 *          {@code host:port} to listen at, further ranks of this process at the ports behind it; port 0 picks free ones
 * @param model
 *          id of the model
 * @param precision
 *          see {@link PrecisionSetting#forDecoder}
 * @param kv
 *          kind of keys and values, see {@link PrecisionSetting#forKv}
 * @param devices
 *          where this process computes: {@code cpu}, {@code cuda} or {@code cuda:N}, one for each of its ranks
 * @param threads
 *          intra-op threads of each rank
 * @param arenaTokens
 *          positions of the key-value arena
 * @param rank
 *          number of this process's first rank; the others follow
 * @param ranks
 *          ranks of the replica, as many in every process
 * @param collective
 *          how the processes meet: {@code single} (there is only this one), {@code threads} (the group is handed over
 *          in the same JVM), {@code shared-memory} or {@code grpc} (several hosts); {@code nccl} is for GPUs: they add
 *          among themselves, and the processes meet as {@code group} says
 * @param group
 *          the same for all processes; for shared memory the path that the meeting files' names start with, for gRPC
 *          {@code host:port} of rank 0, which itself may leave it out; for NCCL one or the other, nothing for one
 *          process
 * @param collectiveDeadline
 *          how long a rank waits for its peers before it gives its group up
 * @param embeddingBytes
 *          memory for image embeddings
 */
public record LlmWorkerConfig(String bind, String model, String precision, String kv, List<Device> devices,
    int threads, int arenaTokens, int rank, int ranks, String collective, String group, Duration collectiveDeadline,
    long embeddingBytes) {
  /** Every key is absent: one rank of the built-in model. */
  public static final LlmWorkerConfig DEFAULTS = new LlmWorkerConfig("127.0.0.1:7300", "smollm2-135m", "auto", "auto",
      List.of(Device.CPU), Runtime.getRuntime().availableProcessors(), 16_384, 0, 1, "single", "",
      Duration.ofSeconds(5),
      256L << 20);

  public LlmWorkerConfig {
    devices = List.copyOf(devices);
    if (rank >= ranks) {
      throw new IllegalArgumentException("llm-worker: rank is " + rank + ", not below ranks, which is " + ranks);
    }
    if (devices.isEmpty() || ranks % devices.size() != 0 || rank % devices.size() != 0) {
      throw new IllegalArgumentException("llm-worker: rank is " + rank + " and ranks " + ranks
          + ", not multiples of the number of devices, which is " + devices.size());
    }
    boolean alone = ranks == devices.size();
    boolean nccl = collective.equals("nccl");
    if (nccl && (ranks == 1 || !devices.stream().allMatch(Device::cuda))) {
      throw new IllegalArgumentException("llm-worker: collective is 'nccl', but ranks is " + ranks + " and devices "
          + devices.stream().map(Device::name).toList() + "; it is for at least 2 ranks on cuda devices");
    }
    if (!nccl && alone != collective.equals("single")) {
      throw new IllegalArgumentException("llm-worker: collective is '" + collective + "', but ranks is " + ranks
          + "; single is for 1 rank or one for each of this process's devices, here " + devices.size());
    }
    boolean known = switch (collective) {
      case "shared-memory" -> !group.isEmpty();
      case "nccl" -> group.isEmpty() ? alone : !alone && (group.startsWith("/") || Endpoint.parse(group).port() > 0);
      case "grpc" -> group.isEmpty() ? rank == 0 : Endpoint.parse(group).port() > 0;
      default -> group.isEmpty();
    };
    if (!known) {
      throw new IllegalArgumentException("llm-worker: group is '" + group + "' with collective '" + collective
          + "'; shared-memory needs a path, grpc host:port of rank 0, nccl one of these between processes, others have none");
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
    List<Device> devices = devices(settings);
    int ranks = (int) settings.number("ranks", devices.size(), 1, 64);
    LlmWorkerConfig config = new LlmWorkerConfig(
        settings.endpoint("bind", DEFAULTS.bind).toString(),
        settings.text("model", DEFAULTS.model),
        settings.word("precision", DEFAULTS.precision, PrecisionSetting.WORDS),
        settings.word("kv", DEFAULTS.kv, PrecisionSetting.KV_WORDS),
        devices,
        (int) settings.number("threads", Math.max(1, DEFAULTS.threads / ranks), 1, 1024),
        (int) settings.number("arena-tokens", DEFAULTS.arenaTokens, 16, Integer.MAX_VALUE / 2),
        (int) settings.number("rank", DEFAULTS.rank, 0, 63),
        ranks,
        settings.word("collective", DEFAULTS.collective, List.of("single", "threads", "shared-memory", "grpc", "nccl")),
        settings.text("group", DEFAULTS.group),
        settings.time("collective-deadline", DEFAULTS.collectiveDeadline),
        settings.number("embedding-bytes", DEFAULTS.embeddingBytes, 1 << 20, Long.MAX_VALUE));
    settings.done();
    return config;
  }

  /** A list, or under the other key the only one. */
  private static List<Device> devices(Settings settings) {
    String one = settings.text("device", "");
    List<Device> several = settings.texts("devices").stream().map(Device::new).toList();
    if (one.isEmpty()) {
      return several.isEmpty() ? DEFAULTS.devices : several;
    }
    if (!several.isEmpty()) {
      throw new IllegalArgumentException(
          "llm-worker: device is '" + one + "' and devices is there too; give one of them");
    }
    return List.of(new Device(one));
  }

  /** How the hosts of the ranks meet: what {@code collective} says, but for NCCL, where it follows from the group. */
  String meeting() {
    if (!collective.equals("nccl")) {
      return collective;
    }
    return group.isEmpty() ? "single" : group.startsWith("/") ? "shared-memory" : "grpc";
  }

  /** This process's number among those of the replica. */
  int process() {
    return rank / devices.size();
  }

  /** Processes of the replica. */
  int processes() {
    return ranks / devices.size();
  }

  /** The settings of one of this process's ranks by itself, whose group is handed over. */
  LlmWorkerConfig rankAt(int inside) {
    Endpoint at = Endpoint.parse(bind);
    String own = at.port() == 0 ? bind : new Endpoint(at.host(), at.port() + inside).toString();
    return new LlmWorkerConfig(own, model, precision, kv, List.of(devices.get(inside)), threads, arenaTokens,
        rank + inside, ranks, ranks == 1 ? "single" : "threads", "", collectiveDeadline, embeddingBytes);
  }
}
