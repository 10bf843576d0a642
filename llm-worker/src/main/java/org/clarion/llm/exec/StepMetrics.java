package org.clarion.llm.exec;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import org.clarion.llm.core.Plan;

/** What the rank counts. Thread-safe. */
public final class StepMetrics {
  private static final double NANOS = 1e9;

  private final Timer steps;
  private final Counter idle;
  private final Counter tokens;
  private final Counter missing;
  private final Counter mismatched;
  private final Counter failed;

  /** Registers meters with the tag {@code rank}. */
  public StepMetrics(MeterRegistry registry, int rank) {
    String number = Integer.toString(rank);
    steps = Timer.builder("clarion_llm_step").tag("rank", number)
        .description("Time of a step, waiting for peers included").register(registry);
    idle = Counter.builder("clarion_engine_idle").tag("rank", number).baseUnit("seconds")
        .description("Time without a plan although sequences were running").register(registry);
    tokens = Counter.builder("clarion_llm_tokens").tag("rank", number)
        .description("Positions of the plans that ran").register(registry);
    missing = retries(registry, number, "missing_embedding");
    mismatched = retries(registry, number, "position_mismatch");
    failed = Counter.builder("clarion_llm_calls_failed").tag("rank", number)
        .description("Openings that ended with an error of the rank").register(registry);
  }

  private static Counter retries(MeterRegistry registry, String rank, String reason) {
    return Counter.builder("clarion_llm_retries").tag("rank", rank).tag("reason", reason)
        .description("Rows that did not run, counted at rank 0").register(registry);
  }

  /**
   * A plan ran.
   *
   * @param waitedNanos
   *          that the engine had nothing to do before
   */
  void ran(Plan plan, StepOutcome outcome, long waitedNanos) {
    if (plan.continues()) {
      idle.increment(waitedNanos / NANOS);
    }
    steps.record(outcome.elapsedNanos(), TimeUnit.NANOSECONDS);
    tokens.increment(plan.rows().stream().mapToInt(Plan.Row::count).sum());
    for (StepOutcome.Retry retry : outcome.retries()) {
      (retry.missing() == null ? mismatched : missing).increment();
    }
  }

  void failed() {
    failed.increment();
  }
}
