package org.clarion.scheduler.core;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.clarion.scheduler.api.Run;

/**
 * What {@code schedule()} and {@code apply()} take with 256 sequences running and 10,000 waiting of 1,000 clinics, and
 * what an admission takes there; prints microseconds and bytes. The processor's time leaves out what other processes
 * took between. For a quiet machine:
 *
 * <pre>
 * java -cp scheduler/target/test-classes:scheduler/target/classes:JSPECIFY org.clarion.scheduler.core.StepSpeed [DRAFT]
 * </pre>
 *
 * With {@code DRAFT} answers that say one word again and again are drafted, at most so many tokens of each; none is
 * computed, so that nothing is learnt and all are drafted in every step.
 */
final class StepSpeed {
  private static final int RUNNING = 256;
  private static final int WAITING = 10_000;
  private static final int CLINICS = 1000;

  private final Scheduler scheduler;
  private final Random random = new Random(1);
  private long sessions;
  private long now = 1;

  private StepSpeed(int longestDraft) {
    SchedulerLimits limits = new SchedulerLimits(1024, 256, RUNNING, 2 * WAITING, WAITING, 32, Duration.ofSeconds(60));
    SchedulerPolicy.OfClass patient = new SchedulerPolicy.OfClass(50, Duration.ofDays(1));
    scheduler = new Scheduler(limits, new SchedulerPolicy(java.util.Map.of(ClinicalClass.STAT, patient,
        ClinicalClass.ROUTINE, new SchedulerPolicy.OfClass(40, Duration.ofDays(1)),
        ClinicalClass.BATCH, new SchedulerPolicy.OfClass(10, Duration.ofDays(1))),
        SchedulerPolicy.TenantWeights.EQUAL, SchedulerPolicy.DEFAULT.pace(),
        new SchedulerPolicy.Speculation(longestDraft)));
    scheduler.open(1, 300_000, 4096, now);
  }

  private long admit() {
    int prompt = 50 + random.nextInt(400);
    Run words = new Run.Tokens(random.ints(prompt, 3, 30_000).toArray());
    GenerationRequest request = Fixtures.request(
        Fixtures.session("clinic-" + random.nextInt(CLINICS), "s" + sessions++), Positions.of(List.of(words)),
        50 + random.nextInt(200))
        .under(new Terms(Fixtures.CLASSES.get(random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(2)), null));
    long before = System.nanoTime();
    AdmitResult result = scheduler.admit(request, now);
    long took = System.nanoTime() - before;
    if (!(result instanceof AdmitResult.Accepted)) {
      throw new IllegalStateException("refused: " + result);
    }
    return took;
  }

  private StepResult result(StepPlan plan) {
    Duration elapsed = Duration.ofNanos(5_000_000 + 20_000L * plan.granted());
    now += elapsed.toNanos();
    return new StepResult(plan.epoch(), plan.step(), plan.rows().stream().filter(StepPlan.Row::sample)
        .map(row -> new StepResult.Sampled(row.sequence(), 9)).toList(), List.of(), elapsed);
  }

  private void measure(int steps) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long[] nanos = new long[steps];
    long[] busy = new long[steps];
    long[] admissions = new long[steps];
    long bytes = 0;
    for (int i = 0; i < steps; i++) {
      long admitted = 0;
      while (scheduler.stats().queued() < WAITING) {
        admitted = admit();
      }
      admissions[i] = admitted;
      long allocated = threads.getCurrentThreadAllocatedBytes();
      long worked = threads.getCurrentThreadCpuTime();
      long before = System.nanoTime();
      StepPlan plan = scheduler.schedule(now).orElseThrow();
      long planned = System.nanoTime();
      busy[i] = threads.getCurrentThreadCpuTime() - worked;
      long used = threads.getCurrentThreadAllocatedBytes() - allocated;
      StepResult result = result(plan);
      allocated = threads.getCurrentThreadAllocatedBytes();
      worked = threads.getCurrentThreadCpuTime();
      long again = System.nanoTime();
      scheduler.apply(result, now);
      nanos[i] = planned - before + System.nanoTime() - again;
      busy[i] += threads.getCurrentThreadCpuTime() - worked;
      bytes += used + threads.getCurrentThreadAllocatedBytes() - allocated;
    }
    Arrays.sort(nanos);
    Arrays.sort(busy);
    admissions = Arrays.stream(admissions).filter(n -> n > 0).sorted().toArray();
    SchedulerStats stats = scheduler.stats();
    System.out.printf("running %d, waiting %d, parked %d: schedule and apply p50 %.0f us, p99 %.0f us, mean %.0f us "
        + "(processor p50 %.0f us, p99 %.0f us), %d bytes a step; admit p50 %.0f us, p99 %.0f us%n", stats.running(),
        stats.queued(), stats.parked(), nanos[steps / 2] / 1e3, nanos[steps * 99 / 100] / 1e3,
        Arrays.stream(nanos).average().orElse(0) / 1e3, busy[steps / 2] / 1e3, busy[steps * 99 / 100] / 1e3,
        bytes / steps, admissions[admissions.length / 2] / 1e3, admissions[admissions.length * 99 / 100] / 1e3);
  }

  /** Measures after warming up. */
  public static void main(String[] arguments) {
    StepSpeed speed = new StepSpeed(arguments.length == 0 ? 0 : Integer.parseInt(arguments[0]));
    for (int round = 0; round < 5; round++) {
      speed.measure(2000);
    }
  }
}
