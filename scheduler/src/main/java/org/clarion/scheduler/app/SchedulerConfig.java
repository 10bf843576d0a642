package org.clarion.scheduler.app;

import java.time.Duration;
import java.util.Map;
import org.clarion.rpc.Endpoint;
import org.clarion.rpc.Settings;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.cluster.ClusterConfig;
import org.clarion.scheduler.core.Extent;
import org.clarion.scheduler.core.SchedulerLimits;
import org.clarion.scheduler.core.SchedulerPolicy;
import org.clarion.scheduler.rpc.ReplicaSpec;
import org.jspecify.annotations.Nullable;

/**
 * What a scheduler needs to start.
 *
 * @param bind
 *          where its services listen; port 0 picks a free one
 * @param advertise
 *          host:port where gateways and vision workers reach it, null for the bound address
 * @param cluster
 *          how it joins the shared state
 * @param replica
 *          what it drives while it holds the lease
 * @param policy
 *          whom it serves first
 * @param times
 *          how long to wait for what
 */
public record SchedulerConfig(Endpoint bind, @Nullable String advertise, ClusterConfig cluster, ReplicaSpec replica,
    SchedulerLimits limits, SchedulerPolicy policy, Times times) {
  /** Key of {@link #bind}; default {@code 127.0.0.1:0}. */
  public static final String BIND = "bind";
  /** Key of {@link #advertise}; default the bound address. */
  public static final String ADVERTISE = "advertise";
  /** Key of {@link #cluster}, a map with the keys of {@link ClusterConfig}; default a cluster of one. */
  public static final String CLUSTER = "cluster";
  /** Key of {@link #replica}, a map of {@code id}, {@code model} and {@code ranks}; required. */
  public static final String REPLICA = "replica";
  /**
   * Key of {@link #limits}, a map of {@code token-budget} (512), {@code chunk} (512), {@code max-rows} (64),
   * {@code queue} (256), {@code tenant-queue} (half the queue) and {@code size-class} (32, a multiple of 16).
   */
  public static final String LIMITS = "limits";
  /**
   * Key of {@link #times}, a map of {@code lease} (2s), {@code open} (30s), {@code step} (3s), {@code state} (10s),
   * {@code embedding-wait} (60s), {@code drain} (2s) and {@code grace} (60s).
   */
  public static final String TIMES = "times";

  /**
   * How long to wait for what.
   *
   * @param lease
   *          for which the replica is owned without a sign of life
   * @param open
   *          for all ranks to open an epoch
   * @param step
   *          for one step's results, where the step is predicted to be short; else several times what is predicted
   * @param state
   *          for shared state, per request
   * @param drain
   *          for running answers when stopping
   * @param grace
   *          for which an answer goes on although nobody reads it
   */
  public record Times(Duration lease, Duration open, Duration step, Duration state, Duration drain, Duration grace) {}

  /**
   * Reads the keys of this class.
   *
   * @throws IllegalArgumentException
   *           names the unknown key or the bad value
   */
  public static SchedulerConfig parse(Map<String, ?> values) {
    Settings root = new Settings("scheduler", values);
    Settings replica = root.section(REPLICA);
    Settings limits = root.section(LIMITS);
    Settings times = root.section(TIMES);
    int queue = limits.count("queue", 256);
    String advertise = root.text(ADVERTISE, "");
    SchedulerConfig config = new SchedulerConfig(root.endpoint(BIND, "127.0.0.1:0"), advertise.isEmpty()
        ? null
        : root.endpoint(ADVERTISE, "").toString(),
        ClusterConfig.read(root.section(CLUSTER)),
        new ReplicaSpec(new ReplicaId(replica.required("id")), replica.required("model"),
            replica.endpoints("ranks").stream().map(Endpoint::toString).toList()),
        new SchedulerLimits(limits.count("token-budget", 512), limits.count("chunk", 512),
            limits.count("max-rows", 64), queue, limits.count("tenant-queue", Math.max(1, queue / 2)),
            sizeClass(limits), times.time("embedding-wait", Duration.ofSeconds(60))),
        PolicySettings.read(root),
        new Times(times.time("lease", Duration.ofSeconds(2)), times.time("open", Duration.ofSeconds(30)),
            times.time("step", Duration.ofSeconds(3)), times.time("state", Duration.ofSeconds(10)),
            times.time("drain", Duration.ofSeconds(2)), times.time("grace", Duration.ofSeconds(60))));
    root.done();
    return config;
  }

  /** Ranks keep 16 positions together: an extent cannot start within them. */
  private static int sizeClass(Settings limits) {
    int sizeClass = limits.count("size-class", 32);
    if (sizeClass % Extent.ALIGNMENT != 0) {
      throw new IllegalArgumentException(
          "scheduler.limits.size-class: " + sizeClass + " is not a multiple of " + Extent.ALIGNMENT);
    }
    return sizeClass;
  }
}
