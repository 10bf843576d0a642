package org.clarion.engine.bench;

import java.util.List;
import java.util.function.Supplier;
import org.clarion.engine.decoder.DecoderOptions;
import org.clarion.engine.vision.TowerOptions;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.VisionWeights;

/** A whole run of the benchmark: roofs, cells, roofs again. */
public final class EngineBench {
  private final Supplier<Roofs> meter;
  private final int threads;
  private final double seconds;
  private final BenchProgress progress;

  /**
   * A run that uses so many threads.
   *
   * @param seconds
   *          how long each cell is repeated
   */
  public EngineBench(int threads, double seconds, BenchProgress progress) {
    this(threads, seconds, progress, () -> new RoofMeter(threads).measure());
  }

  EngineBench(int threads, double seconds, BenchProgress progress, Supplier<Roofs> meter) {
    this.meter = meter;
    this.threads = threads;
    this.seconds = seconds;
    this.progress = progress;
  }

  /** Threads of all ranks together. */
  public int threads() {
    return threads;
  }

  /**
   * Times a decoder.
   *
   * @param subject
   *          its name in the report
   * @param weights
   *          stay the caller's to close
   * @param options
   *          of each rank
   * @throws IllegalArgumentException
   *           when the model cannot do the workload
   */
  public BenchReport decoder(String subject, DecoderWeights weights, DecoderOptions options, int ranks,
      DecoderWorkload workload) {
    Roofs before = roofs();
    ProcessMemory.forgetPeak();
    DecoderBench.Result result = new DecoderBench(weights, options, ranks, progress).run(workload);
    long peak = ProcessMemory.peakBytes();
    DecoderCosts costs = DecoderCosts.of(weights, options.precision(), options.kv());
    return new BenchReport(subject, options.precision().word(), options.kv().word(), ranks, threads,
        result.loadSeconds(), costs.modelBytes(), costs.arenaBytes(options.arenaTokens()), peak, before.best(roofs()),
        result.cells());
  }

  /**
   * Times an image tower.
   *
   * @param imageSize
   *          side of the images, pixels
   * @param batches
   *          images of a call, one cell each
   */
  public BenchReport tower(String subject, VisionWeights weights, int imageSize, TowerOptions options,
      List<Integer> batches) {
    Roofs before = roofs();
    ProcessMemory.forgetPeak();
    DecoderBench.Result result = VisionBench.run(weights, imageSize, options, batches, seconds, progress);
    long peak = ProcessMemory.peakBytes();
    return new BenchReport(subject, options.precision().word(), "", 1, threads, result.loadSeconds(),
        VisionBench.matrixElements(weights) * DecoderCosts.bytes(options.precision()), 0, peak, before.best(roofs()),
        result.cells());
  }

  private Roofs roofs() {
    progress.at("roofs");
    return meter.get();
  }
}
