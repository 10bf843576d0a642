package org.clarion.scheduler.rpc;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.core.ClinicalClass;
import org.clarion.scheduler.core.SchedulerStats;
import org.clarion.scheduler.core.StepModel;
import org.clarion.scheduler.core.StepPlan;

/** What operators see of a replica's scheduler; names are part of the product. Thread-safe. */
final class SchedulerMetrics {
  private static final String REPLICA = "replica";
  private static final String TENANT = "tenant";

  private final MeterRegistry registry;
  private final String replica;
  /** Held here: meters refer to it weakly. */
  private final Supplier<SchedulerStats> stats;
  private final Counter steps;
  private final Counter resets;
  private final DistributionSummary rows;
  private final DistributionSummary tokens;
  private final Timer stepTime;
  /** Looked up once for each clinic: counted for every row of every step. */
  private final Map<TenantId, Counter> generated = new ConcurrentHashMap<>();

  SchedulerMetrics(MeterRegistry registry, String replica, Supplier<SchedulerStats> stats) {
    this.registry = registry;
    this.replica = replica;
    this.stats = stats;
    steps = registry.counter("clarion.scheduler.steps", REPLICA, replica);
    resets = registry.counter("clarion.scheduler.replica.resets", REPLICA, replica);
    rows = registry.summary("clarion.scheduler.batch.rows", REPLICA, replica);
    tokens = registry.summary("clarion.scheduler.batch.tokens", REPLICA, replica);
    stepTime = registry.timer("clarion.scheduler.step", REPLICA, replica);
    gauge("clarion.scheduler.queued", SchedulerStats::queued);
    gauge("clarion.scheduler.running", SchedulerStats::running);
    gauge("clarion.scheduler.parked", SchedulerStats::parked);
    gauge("clarion.scheduler.arena.used", SchedulerStats::arenaUsed);
    gauge("clarion.scheduler.arena.capacity", SchedulerStats::arenaCapacity);
    for (ClinicalClass clinical : ClinicalClass.values()) {
      gauge("clarion.scheduler.queued.class", s -> s.queuedByClass().getOrDefault(clinical, 0),
          "class", clinical.name().toLowerCase(Locale.ROOT));
    }
    gauge("clarion.scheduler.token.budget", SchedulerStats::tokenBudget);
    gauge("clarion.scheduler.step.predicted", s -> s.predictedStep().toNanos() * 1e-9);
    cost("fixed", StepModel.Cost::fixed);
    cost("row", StepModel.Cost::row);
    cost("token", StepModel.Cost::token);
    cost("position", StepModel.Cost::context);
    count("clarion.scheduler.expired", SchedulerStats::expired);
    count("clarion.scheduler.preemptions", SchedulerStats::preemptions);
    count("clarion.scheduler.displaced", SchedulerStats::displaced);
    count("clarion.scheduler.relocations", SchedulerStats::relocations);
    count("clarion.scheduler.evictions", SchedulerStats::evictions);
    count("clarion.scheduler.moves", SchedulerStats::moves);
    count("clarion.scheduler.copied.positions", SchedulerStats::copiedPositions);
    count("clarion.scheduler.retries", SchedulerStats::retries);
    count("clarion.scheduler.drafted", SchedulerStats::drafted);
    count("clarion.scheduler.accepted", SchedulerStats::accepted);
    gauge("clarion.scheduler.draft.gain", SchedulerStats::draftGain);
  }

  void planned(StepPlan plan) {
    steps.increment();
    rows.record(plan.rows().size());
    tokens.record(plan.granted());
    for (StepPlan.Row row : plan.rows()) {
      if (row.kind() == StepPlan.RowKind.PREFILL) {
        add("clarion.prefill.tokens", row.tenant(), row.count());
      }
    }
    plan.admissions().forEach(admission -> add("clarion.cached.tokens", admission.tenant(), admission.cachedTokens()));
  }

  void executed(Duration elapsed) {
    stepTime.record(elapsed);
  }

  void admitted(TenantId tenant, int promptTokens) {
    add("clarion.prompt.tokens", tenant, promptTokens);
  }

  void committed(TenantId tenant, int count) {
    generated.computeIfAbsent(tenant, key -> counter("clarion.generation.tokens", key)).increment(count);
  }

  void refused(TenantId tenant, String code) {
    registry.counter("clarion.scheduler.refused", REPLICA, replica, TENANT, tenant.value(), "code", code).increment();
  }

  void finished(TenantId tenant, String reason) {
    registry.counter("clarion.scheduler.generations", REPLICA, replica, TENANT, tenant.value(), "reason", reason)
        .increment();
  }

  void reset() {
    resets.increment();
  }

  private void add(String name, TenantId tenant, int count) {
    counter(name, tenant).increment(count);
  }

  private Counter counter(String name, TenantId tenant) {
    return registry.counter(name, REPLICA, replica, TENANT, tenant.value());
  }

  private void gauge(String name, ToDoubleFunction<SchedulerStats> value, String... tags) {
    Gauge.builder(name, stats, s -> value.applyAsDouble(s.get())).tag(REPLICA, replica).tags(tags).register(registry);
  }

  private void cost(String part, ToDoubleFunction<StepModel.Cost> nanos) {
    gauge("clarion.scheduler.step.cost", s -> nanos.applyAsDouble(s.stepCost()) * 1e-9, "part", part);
  }

  private void count(String name, ToDoubleFunction<SchedulerStats> value) {
    FunctionCounter.builder(name, stats, s -> value.applyAsDouble(s.get())).tag(REPLICA, replica).register(registry);
  }
}
