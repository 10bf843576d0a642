package org.clarion.deploy.bench;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.clarion.engine.decoder.DecoderStep;
import org.clarion.engine.decoder.StepLogits;
import org.clarion.llm.exec.StepEngine;
import org.jspecify.annotations.Nullable;

/**
 * An engine without arithmetic: every step takes the time that it is told to and yields some ordinary token. It clocks
 * what lies between its steps. One owner thread; the counters may be read by any.
 */
final class FakeEngine implements StepEngine {
  /**
   * How a step passes its time.
   *
   * @param nanos
   *          duration, 0 for none
   * @param threads
   *          that share as much arithmetic as each would do in that time alone; 0 for sleeping
   */
  record Pace(long nanos, int threads) {}

  private final Pace pace;
  private final @Nullable FakeWork work;
  private final int vocabulary;
  final AtomicLong steps = new AtomicLong();
  final AtomicLong decodes = new AtomicLong();
  /** Nanoseconds from the end of a step to the beginning of one that continues it. */
  final AtomicLong between = new AtomicLong();
  private long ended;
  private int next;

  FakeEngine(Pace pace, int vocabulary) {
    this.pace = pace;
    this.work = pace.threads() == 0 ? null : new FakeWork(pace.nanos(), pace.threads());
    this.vocabulary = vocabulary;
  }

  @Override
  public StepLogits step(DecoderStep step) {
    long begin = System.nanoTime();
    if (!step.decodes().isEmpty()) {
      between.addAndGet(begin - ended);
      steps.incrementAndGet();
      decodes.addAndGet(step.decodes().size());
    }
    if (work != null) {
      work.run();
    } else {
      for (long left = pace.nanos(); left > 0; left = begin + pace.nanos() - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
    }
    int[] tokens = new int[step.logitRows()];
    for (int i = 0; i < tokens.length; i++) {
      next = (next + 7919) % (vocabulary * 4 / 5);
      tokens[i] = vocabulary / 10 + next;
    }
    return new Logits(this, tokens);
  }

  @Override
  public void copyPositions(int fromOffset, int toOffset, int count) {}

  @Override
  public void close() {
    if (work != null) {
      work.close();
    }
  }

  private record Logits(FakeEngine engine, int[] argmax) implements StepLogits {
    @Override
    public int rows() {
      return argmax.length;
    }

    @Override
    public float[] row(int index) {
      return new float[engine.vocabulary];
    }

    @Override
    public float[] logProbabilities(int[] tokens) {
      return new float[tokens.length];
    }

    @Override
    public void close() {
      engine.ended = System.nanoTime();
    }
  }
}
