package org.clarion.llm.app;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.clarion.llm.exec.RankGroup;
import org.clarion.llm.exec.RankGroups;
import org.clarion.llm.rpc.GrpcFollower;
import org.clarion.llm.rpc.GrpcLeader;

/**
 * The ranks that one process holds, one for each of its devices. Among themselves they are threads that add in memory;
 * the first one exchanges with other processes of the replica, if there are any. Each rank has an address of its own,
 * as if it were a process. Thread-safe.
 *
 * @param ranks
 *          in rank order
 */
public record LlmProcess(List<LlmWorker> ranks) implements AutoCloseable {
  public LlmProcess {
    ranks = List.copyOf(ranks);
  }

  /**
   * Starts the ranks at the same time, with a model of the standard catalogue and cache; each reads its part of the
   * weights.
   *
   * @throws IOException
   *           when an address cannot be bound
   * @throws IllegalArgumentException
   *           for {@code collective: threads}: that group has to be handed over
   */
  public static LlmProcess start(LlmWorkerConfig config, MeterRegistry registry) throws IOException {
    RankGroup outside = outside(config);
    GrpcLeader leader = outside instanceof GrpcLeader first ? first : null;
    List<RankGroup> groups = groups(config, outside);
    // Filled by the loaders themselves, so that what has started can be closed when another fails.
    Map<Integer, LlmWorker> started = new ConcurrentSkipListMap<>();
    try {
      try (ExecutorService loaders = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().name("load-", 0)
          .factory())) {
        List<Future<?>> loading = IntStream.range(0, groups.size()).<Future<?>>mapToObj(i -> loaders.submit(
            () -> started.put(i, LlmWorker.start(config.rankAt(i), groups.get(i), i == 0 ? leader : null, registry))))
            .toList();
        await(loading);
      }
      return new LlmProcess(List.copyOf(started.values()));
    } catch (IOException | RuntimeException | Error e) {
      started.values().forEach(LlmWorker::close);
      throw e;
    }
  }

  private static void await(List<Future<?>> loading) throws IOException {
    try {
      for (Future<?> rank : loading) {
        rank.get();
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new IOException(e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the ranks loaded", e);
    }
  }

  private static List<RankGroup> groups(LlmWorkerConfig config, RankGroup outside) {
    List<RankGroup> hosts = config.devices().size() == 1
        ? List.of(outside)
        // Whoever waits inside waits for the one that waits outside.
        : RankGroups.inProcess(config.devices().size(), outside, config.collectiveDeadline().multipliedBy(2));
    return config.collective().equals("nccl")
        ? IntStream.range(0, hosts.size()).mapToObj(i -> RankGroups.onDevice(hosts.get(i),
            RankGroups.DeviceLibraries::standard, config.devices().get(i).index(), config.collectiveDeadline()))
            .toList()
        : hosts;
  }

  private static RankGroup outside(LlmWorkerConfig config) {
    return switch (config.meeting()) {
      case "single" -> RankGroups.single();
      case "shared-memory" -> RankGroups.sharedMemory(Path.of(config.group()), config.process(), config.processes(),
          config.collectiveDeadline());
      case "grpc" -> config.process() == 0
          ? new GrpcLeader(config.processes(), config.collectiveDeadline(), config.collectiveDeadline())
          : new GrpcFollower(config.process(), config.processes(), config.group(), config.collectiveDeadline(), config
              .collectiveDeadline());
      default -> throw new IllegalArgumentException(
          "llm-worker: collective '" + config.collective() + "' needs its group handed over");
    };
  }

  /** Ports that the ranks listen at. */
  public List<Integer> ports() {
    return ranks.stream().map(LlmWorker::port).toList();
  }

  /** Closes the ranks, the last one first. */
  @Override
  public void close() {
    ranks.reversed().forEach(LlmWorker::close);
  }
}
