package org.clarion.scheduler.app;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.clarion.rpc.Endpoint;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.cluster.ClusterConfig;
import org.clarion.scheduler.core.SchedulerLimits;
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
 * @param times
 *          how long to wait for what
 */
public record SchedulerConfig(Endpoint bind, @Nullable String advertise, ClusterConfig cluster, ReplicaSpec replica,
    SchedulerLimits limits, Times times) {
  /** Key of {@link #bind}; default {@code 127.0.0.1:0}. */
  public static final String BIND = "bind";
  /** Key of {@link #advertise}; default the bound address. */
  public static final String ADVERTISE = "advertise";
  /** Key of {@link #cluster}, a map with the keys of {@link ClusterConfig}; default a cluster of one. */
  public static final String CLUSTER = "cluster";
  /** Key of {@link #replica}, a map of {@code id}, {@code model} and {@code ranks}; required. */
  public static final String REPLICA = "replica";
  /**
   * Key of {@link #limits}, a map of {@code token-budget} (256), {@code chunk} (128), {@code max-rows} (64),
   * {@code queue} (256), {@code tenant-queue} (half the queue) and {@code size-class} (32).
   */
  public static final String LIMITS = "limits";
  /**
   * Key of {@link #times}, a map of {@code lease} (5s), {@code open} (30s), {@code step} (30s), {@code state} (10s),
   * {@code embedding-wait} (60s) and {@code drain} (2s).
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
   *          for one step's results
   * @param state
   *          for shared state, per request
   * @param drain
   *          for running answers when stopping
   */
  public record Times(Duration lease, Duration open, Duration step, Duration state, Duration drain) {}

  /**
   * Reads the keys of this class.
   *
   * @throws IllegalArgumentException
   *           names the unknown key or the bad value
   */
  public static SchedulerConfig parse(Map<String, ?> values) {
    Section root = new Section("scheduler", values, Set.of(BIND, ADVERTISE, CLUSTER, REPLICA, LIMITS, TIMES));
    Section replica = root.section(REPLICA, Set.of("id", "model", "ranks"));
    Section limits = root.section(LIMITS,
        Set.of("token-budget", "chunk", "max-rows", "queue", "tenant-queue", "size-class"));
    Section times = root.section(TIMES, Set.of("lease", "open", "step", "state", "embedding-wait", "drain"));
    int queue = limits.number("queue", 256);
    String advertise = root.text(ADVERTISE, "");
    return new SchedulerConfig(Endpoint.parse(root.text(BIND, "127.0.0.1:0")), advertise.isEmpty()
        ? null
        : Endpoint.parse(advertise).toString(),
        ClusterConfig.parse(root.map(CLUSTER)),
        new ReplicaSpec(new ReplicaId(replica.required("id")), replica.required("model"), replica.endpoints("ranks")),
        new SchedulerLimits(limits.number("token-budget", 256), limits.number("chunk", 128),
            limits.number("max-rows", 64), queue, limits.number("tenant-queue", Math.max(1, queue / 2)),
            limits.number("size-class", 32), times.duration("embedding-wait", "60s")),
        new Times(times.duration("lease", "5s"), times.duration("open", "30s"), times.duration("step", "30s"),
            times.duration("state", "10s"), times.duration("drain", "2s")));
  }

  /** A map of the configuration and what it is called in messages. */
  private record Section(String name, Map<String, ?> values, Set<String> keys) {
    Section {
      Set<String> unknown = new TreeSet<>(values.keySet());
      unknown.removeAll(keys);
      if (!unknown.isEmpty()) {
        throw new IllegalArgumentException(
            "unknown " + name + " keys " + unknown + "; known are " + new TreeSet<>(keys));
      }
    }

    Section section(String key, Set<String> known) {
      return new Section(name + " " + key, map(key), known);
    }

    @SuppressWarnings("unchecked") // Configuration files have text keys only.
    Map<String, ?> map(String key) {
      Object value = values.get(key);
      return switch (value) {
        case null -> Map.of();
        case Map<?, ?> map -> (Map<String, ?>) map;
        default -> throw new IllegalArgumentException(name + " " + key + " '" + value + "' is not a map");
      };
    }

    String text(String key, String otherwise) {
      Object value = values.get(key);
      return value == null ? otherwise : String.valueOf(value).strip();
    }

    String required(String key) {
      String text = text(key, "");
      if (text.isEmpty()) {
        throw new IllegalArgumentException(name + " " + key + " is missing");
      }
      return text;
    }

    int number(String key, int otherwise) {
      String text = text(key, Integer.toString(otherwise));
      try {
        return Integer.parseInt(text);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(name + " " + key + " '" + text + "' is not a whole number", e);
      }
    }

    Duration duration(String key, String otherwise) {
      String text = text(key, otherwise);
      try {
        Duration duration = Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
        if (duration.isPositive()) {
          return duration;
        }
      } catch (DateTimeParseException e) {
        throw new IllegalArgumentException(name + " " + key + " '" + text + "' is no duration such as 90s or 1h30m", e);
      }
      throw new IllegalArgumentException(name + " " + key + " '" + text + "' is not positive");
    }

    List<String> endpoints(String key) {
      return switch (values.get(key)) {
        case null -> throw new IllegalArgumentException(name + " " + key + " is missing");
        case List<?> list -> list.stream().map(item -> Endpoint.parse(String.valueOf(item)).toString()).toList();
        case Object other ->
          throw new IllegalArgumentException(name + " " + key + " '" + other + "' is not a list of host:port");
      };
    }
  }
}
