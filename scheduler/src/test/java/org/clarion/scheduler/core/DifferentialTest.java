package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.TenantId;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The scheduler plans what the reference plans, row for row. */
class DifferentialTest {
  private final Map<Long, Long> generations = new HashMap<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void plansAreThoseOfTheReference(long seed) {
    Random random = new Random(seed);
    int rows = 1 + random.nextInt(10);
    SchedulerLimits limits = new SchedulerLimits(rows + 1 + random.nextInt(60), 1 + random.nextInt(30), rows, 60, 60,
        1, Duration.ofSeconds(60));
    SchedulerPolicy policy = SchedulerPolicy.DEFAULT.with(new SchedulerPolicy.TenantWeights(
        Map.of(new TenantId("t0"), 3000, new TenantId("t1"), 700)));
    Scheduler scheduler = new Scheduler(limits, policy);
    scheduler.open(1, 100_000, 256, 1);
    ReferenceScheduler reference = new ReferenceScheduler(limits, policy);
    List<Long> ids = new ArrayList<>();
    int compared = 0;
    for (int i = 0; i < 3000; i++) {
      // Bursts, and pauses in which everything ends.
      for (int arrivals = (i / 100) % 3 == 0 ? 0 : random.nextInt(3); arrivals > 0; arrivals--) {
        String tenant = "t" + random.nextInt(5);
        ClinicalClass clinical = Fixtures.CLASSES.get(random.nextInt(3));
        int prompt = 1 + random.nextInt(60);
        int most = 1 + random.nextInt(30);
        Run words = new Run.Tokens(new Random(seed * 100_000 + ids.size()).ints(prompt, 3, 10_000).toArray());
        GenerationRequest request = Fixtures.request(Fixtures.session(tenant, "s" + seed + "-" + i + "-" + arrivals),
            Positions.of(List.of(words)), most).under(new Terms(clinical, null));
        if (scheduler.admit(request, 1) instanceof AdmitResult.Accepted accepted) {
          ids.add(accepted.id());
          reference.admit(accepted.id(), tenant, clinical, prompt, most);
        }
      }
      if (random.nextInt(10) == 0 && !ids.isEmpty()) {
        long victim = ids.get(random.nextInt(ids.size()));
        scheduler.cancel(victim, 1);
        reference.cancel(victim);
      }
      List<String> planned = step(scheduler);
      assertThat(planned).as("step %d of seed %d", i, seed).isEqualTo(reference.step());
      compared += planned.size();
    }
    assertThat(compared).isGreaterThan(2000);
  }

  /** The next step's rows, run at once; the clock of its results stands, so that nothing is predicted. */
  private List<String> step(Scheduler scheduler) {
    StepPlan plan = scheduler.schedule(1).orElse(null);
    if (plan == null) {
      return List.of();
    }
    plan.admissions().forEach(admission -> generations.put(admission.sequence(), admission.generation()));
    List<String> rows = plan.rows().stream().map(row -> Objects.requireNonNull(generations.get(row.sequence())) + "@"
        + row.position() + "+" + row.count()).toList();
    scheduler.apply(new StepResult(plan.epoch(), plan.step(), plan.rows().stream().filter(StepPlan.Row::sample)
        .map(row -> new StepResult.Sampled(row.sequence(), 9)).toList(), List.of(), Duration.ZERO), 1);
    return rows;
  }
}
