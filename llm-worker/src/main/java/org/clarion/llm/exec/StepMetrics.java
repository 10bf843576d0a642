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
  private final Timer masksMade;
  private final Timer masksFound;
  private final Counter broken;

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
    masksMade = masks(registry, number, "made");
    masksFound = masks(registry, number, "found");
    broken = Counter.builder("clarion_llm_format_breaks").tag("rank", number)
        .description("Rows whose answer so far does not have its format, so that it may only end").register(registry);
  }

  private static Timer masks(MeterRegistry registry, String rank, String how) {
    return Timer.builder("clarion_llm_format_mask").tag("rank", rank).tag("how", how)
        .description("Time to know which tokens a format allows, for each row that has one").register(registry);
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

  /**
   * A row's format was asked which tokens it allows.
   *
   * @param made
   *          the answer was not known yet
   * @param isBroken
   *          the sequence's answer does not have its format
   */
  void masked(boolean made, boolean isBroken, long nanos) {
    (made ? masksMade : masksFound).record(nanos, TimeUnit.NANOSECONDS);
    if (isBroken) {
      broken.increment();
    }
  }

  void failed() {
    failed.increment();
  }
}
