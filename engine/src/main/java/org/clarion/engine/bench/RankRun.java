package org.clarion.engine.bench;

import org.clarion.engine.bench.BenchCell.Breakdown;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.decoder.Decoder;
import org.clarion.engine.decoder.DecoderOptions;
import org.clarion.engine.decoder.DecoderStep;
import org.clarion.engine.decoder.Decoders;
import org.clarion.engine.decoder.StepLogits;
import org.clarion.engine.decoder.StepProfile;
import org.clarion.models.checkpoint.DecoderWeights;
import org.jspecify.annotations.Nullable;

/** One rank of a timed decoder; every method but {@link #leave} is called on the rank's own thread. */
final class RankRun {
  private static final int WARM_UP = 2;

  private final DecoderWeights weights;
  private final DecoderOptions options;
  private final TimedCollective collective;
  private final Collective end;
  private @Nullable Decoder decoder;

  RankRun(DecoderWeights weights, DecoderOptions options, Collective end) {
    this.weights = weights;
    this.options = options;
    this.end = end;
    this.collective = new TimedCollective(end);
  }

  /** What the calls of a cell took. */
  record Timed(StepTimes times, Breakdown breakdown) {}

  /** Reads the weights. */
  boolean load() {
    decoder = Decoders.load(weights, options, collective);
    return true;
  }

  /** Repeats a step for about so many seconds; the token is chosen each time. */
  Timed time(DecoderStep step, double seconds) {
    Decoder running = decoder;
    if (running == null) {
      throw new IllegalStateException("the decoder is not loaded");
    }
    Calls warm = new Calls(WARM_UP);
    for (int i = 0; i < WARM_UP; i++) {
      warm.call(running, step);
    }
    int[] calls = {Math.clamp(Math.round(seconds / warm.last()), DecoderWorkload.FEWEST_CALLS,
        DecoderWorkload.MOST_CALLS)};
    end.broadcast(calls);
    Calls timed = new Calls(calls[0]);
    for (int i = 0; i < calls[0]; i++) {
      timed.call(running, step);
    }
    return timed.result();
  }

  /** Frees the other ranks from waiting for this one. */
  void leave() {
    end.close();
  }

  /** Frees the weights. */
  boolean close() {
    if (decoder != null) {
      decoder.close();
      decoder = null;
    }
    return true;
  }

  /** A series of calls and where their time went. */
  private final class Calls {
    private final double[] seconds;
    private int done;
    private StepProfile parts = StepProfile.NONE;
    private long sampling;
    private long shared;

    Calls(int count) {
      this.seconds = new double[count];
    }

    void call(Decoder running, DecoderStep step) {
      StepProfile before = running.profile();
      long sharedBefore = collective.nanos();
      long start = System.nanoTime();
      try (StepLogits logits = running.step(step)) {
        long computed = System.nanoTime();
        parts = parts.plus(running.profile().since(before));
        long chosen = System.nanoTime();
        if (logits.rows() > 0 && logits.argmax().length != logits.rows()) {
          throw new IllegalStateException("a step chose other than one token a row");
        }
        long end = System.nanoTime();
        sampling += end - chosen;
        shared += collective.nanos() - sharedBefore;
        seconds[done++] = (computed - start + end - chosen) / 1e9;
      }
    }

    double last() {
      return seconds[done - 1];
    }

    Timed result() {
      double each = 1e-9 / done;
      double whole = 0;
      for (double call : seconds) {
        whole += call / done;
      }
      return new Timed(StepTimes.of(seconds), Breakdown.of(whole, parts, sampling * each, shared * each, each));
    }
  }
}
