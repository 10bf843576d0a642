package org.clarion.deploy.serve;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.script.Device;

/** Settings of the roles of a cluster on this machine, as their configuration files would have them. */
public final class RoleSettings {
  private static final String ANY_PORT = "127.0.0.1:0";

  private RoleSettings() {}

  /**
   * What a cluster on this machine serves.
   *
   * @param model
   *          id of the model
   * @param source
   *          the id again, or the path of the manifest file where no catalogue has it
   * @param precision
   *          {@code auto}, {@code f32}, {@code f16}, {@code bf16}, {@code int8} or {@code int4}
   * @param kv
   *          kind of keys and values: {@code auto}, {@code f32}, {@code bf16} or {@code int8}
   * @param ranks
   *          tensor-parallel ranks of its replica
   * @param devices
   *          where a process's ranks compute, one each: {@code cpu}, {@code cuda} or {@code cuda:N}
   * @param threads
   *          intra-op threads of all ranks together
   */
  public record Served(String model, String source, String precision, String kv, int ranks, List<String> devices,
      int threads) {
    /** A model of the catalogue, every rank on the processor. */
    public Served(String model, String precision, int ranks, int threads) {
      this(model, model, precision, "auto", ranks, List.of(Device.CPU.name()), threads);
    }

    public Served {
      devices = List.copyOf(devices);
      devices.forEach(Device::new);
      if (devices.isEmpty() || ranks % devices.size() != 0) {
        throw new IllegalArgumentException("ranks is " + ranks + ", not a multiple of the " + devices.size()
            + " devices of a process");
      }
      if (ranks < 1 || ranks > 64) {
        throw new IllegalArgumentException("ranks is " + ranks + ", allowed is 1 to 64");
      }
      if (threads < 1 || threads > 1024) {
        throw new IllegalArgumentException("threads is " + threads + ", allowed is 1 to 1024");
      }
    }

    /** The same with other threads. */
    public Served with(int otherThreads) {
      return new Served(model, source, precision, kv, ranks, devices, otherThreads);
    }
  }

  /** A vision worker. */
  public static Map<String, Object> vision(Served served) {
    return map("bind", ANY_PORT, "model", served.source(), "precision", served.precision(), "threads",
        served.threads());
  }

  /**
   * A process with a rank for each of the devices; with {@code threads}, a single rank whose group is handed over.
   *
   * @param rank
   *          the first one's number
   * @param collective
   *          how it meets the others: {@code threads}, {@code shared-memory}, {@code grpc} or {@code nccl}; needless
   *          without others
   * @param group
   *          path of the group's shared memory, HOST:PORT where rank 0 will listen for gRPC, or empty
   */
  public static Map<String, Object> rank(Served served, int rank, String collective, String group) {
    // Peers find rank 0 by its address, so that cannot be chosen when it starts.
    String bind = rank == 0 && collective.equals("grpc") && !group.isEmpty() ? group : ANY_PORT;
    List<String> devices = collective.equals("threads")
        ? List.of(served.devices().get(rank % served.devices().size()))
        : served.devices();
    boolean alone = devices.size() == served.ranks();
    SequencedMap<String, Object> settings = map("bind", bind, "model", served.source(), "precision", served
        .precision(), "threads", Math.max(1, served.threads() / served.ranks()), "rank", rank, "ranks", served.ranks());
    settings.put("kv", served.kv());
    settings.put("devices", devices);
    settings.put("collective", alone && !collective.equals("nccl") ? "single" : collective);
    if (!alone && !group.isEmpty()) {
      settings.put("group", group);
    }
    return settings;
  }

  /**
   * A scheduler.
   *
   * @param replica
   *          number of the replica that it owns or stands by for
   * @param ranks
   *          HOST:PORT of each rank, in order
   * @param cluster
   *          how it joins the shared state; empty for a cluster of one
   */
  public static Map<String, Object> scheduler(Served served, int replica, List<String> ranks,
      Map<String, Object> cluster) {
    return map("bind", ANY_PORT, "cluster", cluster, "replica",
        map("id", "replica-" + replica, "model", served.model(), "ranks",
            ranks));
  }

  /** A gateway that needs no keys: everybody on this machine is the clinic {@code demo}. */
  public static Map<String, Object> gateway(Served served, int port, List<String> schedulers,
      List<String> visionWorkers) {
    return map("bind", "127.0.0.1:" + port, "schedulers", schedulers, "vision-workers", visionWorkers, "models",
        List.of(served.source()),
        "embedded-tenant", "demo");
  }

  /**
   * Cores for the models' arithmetic. Our own kernels share their work in small pieces, so that a thread that is put
   * aside holds nothing back: they take all. Two threads of one of libtorch's products wait for each other, and so for
   * whatever ran in the place of one of them: there, one core is left for everything else.
   */
  public static int cores() {
    int all = Runtime.getRuntime().availableProcessors();
    return KernelLibrary.host().isPresent() ? all : Math.max(1, all - 1);
  }

  private static SequencedMap<String, Object> map(Object... keysAndValues) {
    SequencedMap<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }
}
