package org.clarion.engine.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.CollectiveException;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.decoder.DecodeRow;
import org.clarion.engine.decoder.DecoderOptions;
import org.clarion.engine.decoder.DecoderStep;
import org.clarion.engine.decoder.PrefillRow;
import org.clarion.engine.script.EngineThread;
import org.clarion.models.checkpoint.DecoderWeights;

/** Times the steps of a decoder whose ranks are threads of this process. */
public final class DecoderBench {
  private static final Duration DEADLINE = Duration.ofMinutes(10);

  private final DecoderWeights weights;
  private final DecoderOptions options;
  private final int ranks;
  private final BenchProgress progress;

  /**
   * One run.
   *
   * @param weights
   *          stay the caller's to close
   * @param options
   *          of each rank; its arena must hold the workload
   * @param ranks
   *          tensor-parallel ranks
   */
  public DecoderBench(DecoderWeights weights, DecoderOptions options, int ranks, BenchProgress progress) {
    this.weights = weights;
    this.options = options;
    this.ranks = ranks;
    this.progress = progress;
  }

  /** What came out. */
  public record Result(double loadSeconds, List<BenchCell> cells) {
    public Result {
      cells = List.copyOf(cells);
    }
  }

  /**
   * Loads the decoder, times every cell and closes it again. Blocks for as long as that takes.
   *
   * @throws IllegalArgumentException
   *           when the model has fewer positions than the workload, or cannot be cut over so many ranks
   */
  public Result run(DecoderWorkload workload) {
    if (workload.longest() > weights.config().maxContext()) {
      throw new IllegalArgumentException("a sequence of " + workload.longest() + " positions exceeds the model's "
          + weights.config().maxContext());
    }
    List<Collective> ends = ranks == 1 ? List.of(Collectives.single()) : Collectives.threads(ranks, DEADLINE);
    List<EngineThread> threads = IntStream.range(0, ranks).mapToObj(rank -> EngineThread.start("bench-" + rank, 1))
        .toList();
    List<RankRun> runs = ends.stream().map(end -> new RankRun(weights, options, end)).toList();
    try {
      progress.at("loading");
      long start = System.nanoTime();
      together(threads, runs, RankRun::load);
      double loaded = (System.nanoTime() - start) / 1e9;
      return new Result(loaded, cells(workload, threads, runs));
    } finally {
      together(threads, runs, RankRun::close);
      threads.forEach(EngineThread::close);
      ends.forEach(Collective::close);
    }
  }

  private List<BenchCell> cells(DecoderWorkload workload, List<EngineThread> threads, List<RankRun> runs) {
    DecoderCosts costs = DecoderCosts.of(weights, options.precision(), options.kv());
    List<BenchCell> cells = new ArrayList<>();
    for (int rows : workload.batches()) {
      String name = "decode, " + rows + (rows == 1 ? " sequence" : " sequences");
      progress.at(name);
      RankRun.Timed timed = together(threads, runs, run -> run.time(decode(workload, rows), workload.seconds()));
      cells.add(new BenchCell(name, BenchCell.Kind.DECODE, rows, workload.context(), timed.times(), rows,
          costs.decodeBytes(rows, workload.context()), costs.decodeOperations(rows, workload.context()),
          timed.breakdown()));
    }
    for (int tokens : workload.prefills()) {
      String name = "prefill, " + tokens + " tokens";
      progress.at(name);
      RankRun.Timed timed = together(threads, runs, run -> run.time(prefill(tokens), workload.seconds()));
      cells.add(new BenchCell(name, BenchCell.Kind.PREFILL, tokens, 0, timed.times(), tokens,
          costs.prefillBytes(tokens), costs.prefillOperations(tokens), timed.breakdown()));
    }
    return cells;
  }

  private DecoderStep decode(DecoderWorkload workload, int rows) {
    return new DecoderStep(List.of(), IntStream.range(0, rows)
        .mapToObj(row -> new DecodeRow(token(row), workload.context(), row * workload.extent())).toList());
  }

  private DecoderStep prefill(int tokens) {
    int[] prompt = IntStream.range(0, tokens).map(this::token).toArray();
    return new DecoderStep(List.of(new PrefillRow(prompt, 0, 0, List.of(), true)), List.of());
  }

  private int token(int index) {
    return (int) (index * 37L % weights.config().vocabulary());
  }

  private interface Task<T> {
    T on(RankRun run) throws Exception;
  }

  /** The same on every rank at the same time; what rank 0 says. */
  private static <T> T together(List<EngineThread> threads, List<RankRun> runs, Task<T> task) {
    List<CompletableFuture<T>> results = new ArrayList<>();
    for (int rank = 0; rank < runs.size(); rank++) {
      RankRun run = runs.get(rank);
      results.add(threads.get(rank).submit(() -> {
        try {
          return task.on(run);
        } catch (Exception e) {
          run.leave();
          throw e;
        }
      }));
    }
    List<Throwable> failures = results.stream().map(DecoderBench::failure).flatMap(Optional::stream).toList();
    // A rank whose peer has failed says only that; the peer says why.
    failures.stream().filter(e -> !(e instanceof CollectiveException)).findFirst()
        .or(() -> failures.stream().findFirst()).ifPresent(e -> {
          throw e instanceof RuntimeException cause ? cause : new CompletionException(e);
        });
    return results.getFirst().join();
  }

  private static Optional<Throwable> failure(CompletableFuture<?> result) {
    try {
      result.join();
      return Optional.empty();
    } catch (CompletionException e) {
      return Optional.of(e.getCause() == null ? e : e.getCause());
    }
  }
}
